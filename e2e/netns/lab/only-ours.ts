// A test of what is promised beyond the reference.
import { subjectUnderTest } from './subject';

export const onlyOurs: jest.It = subjectUnderTest.name === 'ours' ? test : test.skip;
