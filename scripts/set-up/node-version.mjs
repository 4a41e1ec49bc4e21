// Imported first, for its effect. The files of set-up keep to what much older versions of Node.js can read, so that they get to say this.
// The build tool wants 20.19 (rolldown's engines; it fails on 20.11).
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`trafficlab needs Node.js 20.19 or later, this is ${process.version}: https://nodejs.org/en/download\n`);
  process.exit(3);
}
