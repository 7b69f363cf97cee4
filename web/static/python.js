// Python in a worker: it loads the course, and then answers one page after another.
let answer;

async function load(address, language) {
  const { loadPyodide } = await import(`${address}pyodide.mjs`);
  const lockFileURL = `${address}pyodide-lock.json`;
  // The packages come while the interpreter starts.
  const python = await loadPyodide({ indexURL: address, lockFileURL, packages: ["forward-and-backward"] });
  postMessage({ stage: "starting" });
  python.runPython(`from helpers import language\nlanguage("${language}")`);
  answer = python.runPython("from helpers.explorers.answers import Answers\nAnswers()");
}

self.onmessage = async ({ data: { address, language, name, settings } }) => {
  try {
    if (address) await load(address, language);
    postMessage(address ? { ready: true } : { answer: answer(name, settings) });
  } catch (error) {
    postMessage({ failed: String(error) });
  }
};
