/**
 * How load is made and watched: schedule, duty cycle, latency recording, host watch.
 */
package io.epona.loadgen.load;
