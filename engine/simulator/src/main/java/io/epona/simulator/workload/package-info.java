/**
 * What happens to a cluster in a run: clients that send and read, topics that come and go, and faults. All of it is an
 * explicit list of inputs, drawn from a seed or read from a text, so that a run can be made smaller and kept.
 */
package io.epona.simulator.workload;
