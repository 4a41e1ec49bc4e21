/** All the script of the page: it sorts tables, gives out the raw data, and unfolds everything for paper. */
export const script = `
'use strict';
for (const table of document.querySelectorAll('table.data')) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const key = (row, column) => {
    const { value } = row.cells[column].dataset;
    return value === undefined ? row.cells[column].textContent.trim() : Number(value);
  };
  const compare = (one, other) =>
    typeof one === 'number' && typeof other === 'number'
      ? one - other
      : typeof one === typeof other
        ? one.localeCompare(other, 'en', { numeric: true })
        : typeof one === 'number' ? -1 : 1;
  heads.forEach((head, column) => {
    const button = head.querySelector('button');
    if (!button) return;
    button.addEventListener('click', () => {
      const direction = head.getAttribute('aria-sort') === 'ascending' ? 'descending' : 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', direction);
      const sign = direction === 'ascending' ? 1 : -1;
      body.append(...[...body.rows].sort((one, other) => sign * compare(key(one, column), key(other, column))));
    });
  });
}
const download = document.getElementById('download');
download.hidden = false;
download.addEventListener('click', () => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([document.getElementById('report').textContent], { type: 'application/json' }));
  link.download = 'report.json';
  link.click();
  URL.revokeObjectURL(link.href);
});
const unfolded = [];
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details:not([open])')) {
    details.open = true;
    unfolded.push(details);
  }
});
addEventListener('afterprint', () => {
  for (const details of unfolded.splice(0)) details.open = false;
});
document.documentElement.classList.add('scripted');
`;
