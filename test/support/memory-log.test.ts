import t from 'tap';
import { eventLogContract } from '../log/event-log.contract.js';
import { createMemoryLog } from './memory-log.js';

eventLogContract(t, async () => createMemoryLog(), { volatile: true });
