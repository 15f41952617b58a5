/** Why a service is as it is: an addition to ConnMan's interfaces, on an object of its own. */
import { defineInterface } from '@connman/dbus';

export const diagnosisPath = '/net/connman/diagnosis';

export const diagnosisInterface = defineInterface({
  name: 'net.connman.Diagnosis',
  methods: {
    /** Each reason with a word that stays (`no-lease`) and a sentence for people; what matters most comes first. */
    Why: { in: 'o service', out: 'a(ss) reasons' },
  },
  signals: {},
});
