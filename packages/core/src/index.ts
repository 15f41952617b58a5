/** What the tools of this repository use of connmand's engine: the replay of a trace. */

export { pendingOf } from './model/service/service';
export { effectInWords, eventInWords } from './replay/in-words';
export { replay } from './replay/replay';
export type { Announcement } from './shell/publish/difference';
export { Publication } from './shell/publish/publication';
export type { World } from './world';
