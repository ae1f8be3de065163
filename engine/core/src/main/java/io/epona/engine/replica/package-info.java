/**
 * Replication of a partition: the roles of a replica, what leader and follower tell each other, and what is committed.
 * Pure machines: time, messages, storage and coordination reach them through ports.
 */
package io.epona.engine.replica;
