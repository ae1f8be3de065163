/**
 * What a broker knows of its cluster: the {@link io.epona.engine.cluster.Coordination} port, the in-process
 * implementation of it, and the registry of topics that stands on it.
 */
package io.epona.engine.cluster;
