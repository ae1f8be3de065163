/**
 * Replication over Aeron: the streams to the other brokers of the cluster, and from them.
 */
package io.epona.broker.replication;
