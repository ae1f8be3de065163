/**
 * What a broker of a cluster serves: the replicas and topics of a node, over Aeron and ZooKeeper.
 */
package io.epona.broker.cluster;
