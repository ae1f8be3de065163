/**
 * Chronicle Queue as a system under test, in the generator's process.
 */
package io.epona.loadgen.peers.chronicle;
