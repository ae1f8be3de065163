/**
 * Apache Kafka as a system under test: its brokers from their published jars, in processes of their own, its clients
 * behind loadgen's driver interface.
 */
package io.epona.loadgen.peers.kafka;
