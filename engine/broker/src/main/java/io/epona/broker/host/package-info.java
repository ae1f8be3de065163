/**
 * What the agents of a broker serve, behind ports: partitions and topics, of a broker that is alone. That of a broker in
 * a cluster is in {@code io.epona.broker.cluster}.
 */
package io.epona.broker.host;
