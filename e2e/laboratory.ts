// The laboratory as a library, for scenarios that live outside of this checkout: README.md, "From another folder".
export { Agent } from './netns/lab/agent';
export { BusClient } from './netns/lab/bus';
export { Child, type Exit } from './netns/lab/child';
export { Host, type LinkEnd, type StartOptions } from './netns/lab/host';
export { type DaemonOptions, inLab, Lab } from './netns/lab/lab';
export { Network, type NetworkPlan, type NetworkWish, type WebAnswer } from './netns/lab/network';
export { EventRecord } from './netns/lab/record';
export { debian, NODE_FLAGS, ours, type Subject } from './netns/lab/subject';
export { ConnmanView, type ServiceView } from './netns/lab/view';
