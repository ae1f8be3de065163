/**
 * Benchmarks of the log as a storage engine: minutes long, on a disk, each beside its floor in the same run. Floor and
 * log take turns, and the median of the turns is judged with their spread. {@link io.epona.jmh.storage.StorageBench}
 * runs them.
 */
package io.epona.jmh.storage;
