/**
 * The highest rate at which a target is held, and the latency at each rate on the way there.
 */
package io.epona.loadgen.sweep;
