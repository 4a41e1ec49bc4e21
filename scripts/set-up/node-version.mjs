// Imported first, for its effect. The files of set-up keep to syntax that much older versions of Node.js can read, so that they get to say this.
const wanted = 20;

if (Number(process.versions.node.split('.')[0]) < wanted) {
  process.stderr.write(
    `trafficlab needs Node.js ${wanted} or later, this is ${process.version}: https://nodejs.org/en/download\n`,
  );
  process.exit(3);
}
