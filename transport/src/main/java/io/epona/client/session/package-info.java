/**
 * What a producer and a consumer decide, without threads, sockets or clocks: sequences, retries, epochs, positions,
 * subscriptions, leader changes. Time is passed in, effects go out through small ports, so that a simulator drives the
 * same classes as a client.
 */
package io.epona.client.session;
