/**
 * The engine's {@link io.epona.engine.cluster.Coordination} port on ZooKeeper, through Curator.
 */
package io.epona.coordination;
