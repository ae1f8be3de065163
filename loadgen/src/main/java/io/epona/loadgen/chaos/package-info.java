/**
 * Rounds of faults under a verified load on a cluster of real processes, and what came of them.
 */
package io.epona.loadgen.chaos;
