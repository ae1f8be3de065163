/**
 * Two systems held against each other in pairs of runs.
 */
package io.epona.loadgen.compare;
