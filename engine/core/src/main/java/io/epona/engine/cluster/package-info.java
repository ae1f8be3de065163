/**
 * What a broker knows of its cluster and does in it: the {@link io.epona.engine.cluster.Coordination} port and the tree
 * behind it, the states of partitions and their one transition, the controller, membership.
 */
package io.epona.engine.cluster;
