// Where the import rules find what `#domain` names: at run time it is the build, here the source that the build is made from. (In the
// form that dependency-cruiser takes from a webpack configuration: its only way of being told.)
const { join } = require('node:path');

const root = process.cwd();
const { imports } = require(join(root, 'package.json'));

const sourceOf = (built) => join(root, built.replace('./dist/', '').replace(/\.js$/, '.ts'));

module.exports = {
  resolve: { alias: Object.fromEntries(Object.entries(imports).map(([name, built]) => [`${name}$`, sourceOf(built)])) },
};
