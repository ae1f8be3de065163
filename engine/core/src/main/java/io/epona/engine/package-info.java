/**
 * The engine to embed: {@link io.epona.engine.Engine} on a data directory, its partitions, and the ports beneath it.
 */
package io.epona.engine;
