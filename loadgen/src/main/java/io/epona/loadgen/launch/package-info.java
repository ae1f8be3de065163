/**
 * Runs that other commands make, each in a JVM of its own.
 */
package io.epona.loadgen.launch;
