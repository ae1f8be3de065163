/**
 * The engine to embed: a data directory with topics, and the logs of their partitions, in the JVM that uses them.
 * <p>
 * {@link io.epona.engine.Engine} is the way in: launched from an {@link io.epona.engine.Engine.Context}, it creates and
 * deletes topics and gives out a {@link io.epona.engine.Partition} for each log. A partition is appended to by the one
 * thread that owns it, and read through any number of {@link io.epona.engine.PartitionReader}s, each by one thread.
 * Nothing on these two paths blocks, allocates a record or takes a lock; what cannot be done now is a negative
 * {@link io.epona.codecs.ResultCode} in place of an offset.
 * <p>
 * Whatever may block belongs to the housekeeper, an agent on a thread of its own or invoked by the embedder: files,
 * the space ahead of appends, retention, topics that come and go. Threads ask it by a
 * {@link io.epona.engine.TopicRequest} and hear from it through counters, mapped memory and a
 * {@link io.epona.engine.PartitionListener}.
 * <p>
 * Beneath lie ports: {@link io.epona.engine.Storage} for files, {@link io.epona.engine.Clock} for time,
 * {@link io.epona.engine.cluster.Coordination} for what a cluster agrees on. The engine knows no network, no clock and
 * no thread that it was not given. A start is refused with an {@link io.epona.engine.EngineException} that says what to
 * do: the settings are in {@link io.epona.engine.Setting}.
 */
package io.epona.engine;
