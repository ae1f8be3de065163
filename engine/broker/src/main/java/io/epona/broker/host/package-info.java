/**
 * What the agents of a broker serve, behind ports: partitions and topics; and these of a broker that is alone.
 */
package io.epona.broker.host;
