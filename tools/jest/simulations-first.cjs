// Has jest begin with the simulations. By itself it takes the largest files first where it has not seen them run, and these are
// short files that run for minutes: at the end one worker would wait for them.
const { default: Sequencer } = require('@jest/test-sequencer');

const isSimulation = ({ path }) => /simulation[^/]*\.test\.ts$/.test(path);

module.exports = class SimulationsFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    return [...sorted.filter(isSimulation), ...sorted.filter((test) => !isSimulation(test))];
  }
};
