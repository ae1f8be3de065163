/**
 * A world in one thread: simulated network, disks, ZooKeeper and clocks, with the real machines of brokers and clients
 * in it. A seed and a version of the code reproduce a run to the last event.
 * <p>
 * Nothing here decides what a broker or a client decides.
 */
package io.epona.simulator;
