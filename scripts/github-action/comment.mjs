// Comments the report on the pull request of a GitHub job; an earlier comment on the same lab is rewritten. In: LAB, MARKDOWN (a file),
// GITHUB_TOKEN, and what GitHub sets for every step.
import { readRegularFile } from '../regular-file.mjs';

const MOST = 32 * 1024 * 1024;

const { LAB, MARKDOWN, GITHUB_TOKEN, GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_EVENT_PATH } = process.env;
const { number } = JSON.parse(readRegularFile(GITHUB_EVENT_PATH, MOST)).pull_request;
// Found again by what no reader sees; a lab may be a path, and a comment in HTML ends at "-->".
const marker = `<!-- trafficlab ${encodeURIComponent(LAB).replaceAll('-', '%2D')} -->`;
const body = `${marker}\n${readRegularFile(MARKDOWN, MOST)}`;
const issue = `/repos/${GITHUB_REPOSITORY}/issues/${number}/comments`;

const earlier = await find();
if (earlier) await ask('PATCH', `/repos/${GITHUB_REPOSITORY}/issues/comments/${earlier.id}`, { body });
else await ask('POST', issue, { body });

async function find() {
  for (let page = 1; ; page += 1) {
    const comments = await ask('GET', `${issue}?per_page=100&page=${page}`);
    const found = comments?.find((comment) => comment.body?.startsWith(marker));
    if (found || !comments || comments.length < 100) return found;
  }
}

/** A pull request from a fork has a token that may only read: the report is in the summary all the same, so that fails nothing. */
async function ask(method, path, json) {
  const answer = await fetch(`${GITHUB_API_URL}${path}`, {
    method,
    headers: { authorization: `Bearer ${GITHUB_TOKEN}`, accept: 'application/vnd.github+json' },
    ...(json ? { body: JSON.stringify(json) } : {}),
  });
  if (answer.ok) return answer.json();
  const { message = '' } = await answer.json().catch(() => ({}));
  if (answer.status === 403) {
    console.log(
      `::notice title=trafficlab::no comment: ${message}. The job needs "pull-requests: write"; the report is in its summary`,
    );
    process.exit(0);
  }
  console.log(`::error title=trafficlab::no comment: ${method} ${path}: ${answer.status} ${message}`);
  process.exit(1);
}
