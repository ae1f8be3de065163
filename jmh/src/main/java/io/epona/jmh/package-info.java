/**
 * Micro-benchmarks: each beside its floor, judged by the ratio to it. Forked always, heap fixed, inputs seeded, results
 * validated when a trial ends. The first value of every parameter is small, for smoke runs.
 */
package io.epona.jmh;
