// Builds the map page into iot_hub/api/map. The same sources and lock file make the same bytes.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createHash } from 'node:crypto'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))
const target = process.argv[2] ?? join(here, '..', '..', 'iot_hub', 'api', 'map')
const folder = join(target, 'static')

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })

/** Writes a file under a name that changes with its content; returns the name. */
function write (name, content) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10)
  const written = name.replace(/(\.\w+)$/, `-${hash}$1`)
  writeFileSync(join(folder, written), content)
  return written
}

/** Returns the licences of what is bundled: the page's dependencies, and theirs. */
function notice () {
  const known = new Map()
  const collect = name => {
    const about = JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8'))
    if (name.startsWith('@types/') || known.has(name)) return
    known.set(name, about)
    Object.keys(about.dependencies ?? {}).forEach(collect)
  }
  Object.keys(JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')).dependencies).forEach(collect)
  const parts = [...known].sort(([one], [other]) => one < other ? -1 : 1).map(([name, { version, license }]) => (
    `${name} ${version} (${license})\n\n${licenceOf(name)}\n`
  ))
  return `Software in the map page, built by \`make map\` from frontend/map.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`
}

function licenceOf (name) {
  const own = join(here, 'licences', `${name}.txt`)
  if (existsSync(own)) return readFileSync(own, 'utf8').trim()
  const folder = join(here, 'node_modules', name)
  const file = readdirSync(folder).find(file => /^licen[cs]e/i.test(file))
  if (file) return readFileSync(join(folder, file), 'utf8').trim()
  const [, inReadme] = readFileSync(join(folder, 'README.md'), 'utf8').split(/^## License.*$/m)
  if (!inReadme) throw new Error(`${name} has no licence: add licences/${name}.txt`)
  return inReadme.trim()
}

/** Imports the names of files that the page loads by itself. */
const addresses = {
  name: 'addresses',
  setup (build) {
    const files = {
      worker: () => write('worker.js', readFileSync(join(here, 'node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs')))
    }
    build.onResolve({ filter: /^address:/ }, ({ path }) => ({ path: path.slice(8), namespace: 'address' }))
    build.onLoad({ filter: /.*/, namespace: 'address' }, ({ path }) => ({
      contents: `export default ${JSON.stringify('/map/static/' + files[path]())}`
    }))
  }
}

const { metafile } = await build({
  entryPoints: { map: join(here, 'src', 'main.js'), frame: join(here, 'src', 'frame.js'), shared: join(here, 'src', 'shared.js') },
  outdir: folder,
  entryNames: '[name]-[hash]',
  // What the pages are made of is loaded once.
  splitting: true,
  chunkNames: 'parts-[hash]',
  metafile: true,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  plugins: [addresses],
  logLevel: 'warning'
})
writeFileSync(join(target, 'NOTICE.txt'), notice())
const favicon = write('favicon.svg', readFileSync(join(here, 'favicon.svg')))
const built = readdirSync(folder)

/** Returns the name under which a file was written. */
function named (name) {
  if (name === 'favicon.svg') return favicon
  const [stem, suffix] = name.split('.')
  return built.find(file => file.startsWith(`${stem}-`) && file.endsWith(`.${suffix}`))
}

/** Returns the links that have a browser load a script with what it imports, all at once. */
function preload (name) {
  const made = Object.entries(metafile.outputs).find(([path]) => path.endsWith(`/${named(name)}`))[1]
  const names = [named(name), ...made.imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => basename(path))]
  return names.map(name => `<link rel="modulepreload" href="/map/static/${name}">`).join('\n')
}

for (const file of ['page.html', 'frame.html', 'shared.html']) {
  const page = readFileSync(join(here, file), 'utf8')
  const written = page.replace(/{{preload ([^}]+)}}/g, (_, name) => preload(name)).replace(/{{([^}]+)}}/g, (_, name) => named(name))
  writeFileSync(join(target, file), written)
}
