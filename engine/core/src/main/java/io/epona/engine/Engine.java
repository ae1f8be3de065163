package io.epona.engine;

import io.epona.engine.cluster.Coordination;
import io.epona.engine.log.FileStorage;
import io.epona.engine.log.RecoveryListener;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ThreadFactory;

/**
 * The engine to embed: topics and partitions on a data directory.
 * <pre>{@code
 * try (Engine engine = Engine.launch(new Engine.Context().dataDir(Path.of("./data"))))
 * {
 *     engine.createTopic("orders", 1);
 *     final Partition partition = engine.partition("orders", 0);
 *     partition.owner(Thread.currentThread());
 *     final long offset = partition.append(buffer, 0, length);
 *     final PartitionReader reader = partition.newReader();
 *     reader.poll((record) -> handle(record), 10);
 * }
 * }</pre>
 * <b>Threads.</b> A partition is appended to by one thread, named as its owner; its readers live on any threads. Files
 * are the housekeeper's: an agent that runs on a thread of its own, or is invoked by the caller where
 * {@link Context#invoked(boolean)} asks for it. Beside it, {@link Context#flushThreads(int)} threads wait for the
 * disk, parked while nothing is to be synced; in invoked mode the housekeeper waits itself. The engine starts no other
 * thread. Each method says which threads may call it. Several engines can live in one JVM, each on its own directory.
 */
public final class Engine implements AutoCloseable
{
    private final EngineRuntime runtime;

    private Engine(final EngineRuntime runtime)
    {
        this.runtime = runtime;
    }

    /**
     * Launch with the defaults: {@code ./epona-data} and what properties say.
     *
     * @return the engine, recovered and running.
     * @throws EngineException saying what is wrong and what to do about it.
     */
    public static Engine launch()
    {
        return launch(new Context());
    }

    /**
     * Launch. Blocks while the logs are recovered. Any thread.
     *
     * @param ctx settings; concluded here unless they are already, and not to be used for another engine.
     * @return the engine, recovered and running.
     * @throws EngineException saying what is wrong and what to do about it: settings, a directory in use or of another
     *                         broker, damaged metadata, a missing JVM flag.
     */
    public static Engine launch(final Context ctx)
    {
        return new Engine(EngineRuntime.start(ctx));
    }

    /**
     * Create a topic with the engine's default settings, and wait for it.
     *
     * @param name       1 to 200 of {@code a-z A-Z 0-9 . _ -}, neither {@code .} nor {@code ..}.
     * @param partitions 1 to 1024.
     * @return the topic.
     * @throws EngineException as {@link #createTopic(String, int, Map)}.
     */
    public TopicInfo createTopic(final String name, final int partitions)
    {
        return createTopic(name, partitions, Map.of());
    }

    /**
     * Create a topic and wait for it. Any thread but the housekeeper's; in invoked mode the housekeeper runs on the
     * calling thread meanwhile.
     *
     * @param name       1 to 200 of {@code a-z A-Z 0-9 . _ -}, neither {@code .} nor {@code ..}.
     * @param partitions 1 to 1024.
     * @param config     settings of the topic by name, see {@link Setting#isOfTopic()}.
     * @return the topic.
     * @throws EngineException INVALID_NAME, TOPIC_EXISTS, INVALID_CONFIG, LIMIT_REACHED, TIMED_OUT, CLOSED or INTERNAL,
     *                         with a message that says what to do.
     */
    public TopicInfo createTopic(final String name, final int partitions, final Map<String, String> config)
    {
        return runtime.await(createTopicAsync(name, partitions, 1, config));
    }

    /**
     * Delete a topic and wait until its files are gone, for which the owners of its partitions have to let go of them
     * where a listener is set (see {@link PartitionListener#onPartitionClosing}); without one the owners get
     * UNKNOWN_TOPIC from their next append. Any thread but the housekeeper's; in invoked mode the
     * housekeeper runs on the calling thread meanwhile.
     *
     * @param name of the topic.
     * @throws EngineException UNKNOWN_TOPIC, TIMED_OUT, CLOSED or INTERNAL, with a message that says what to do.
     */
    public void deleteTopic(final String name)
    {
        runtime.await(deleteTopicAsync(name));
    }

    /**
     * Ask for a topic. Never blocks. Any thread.
     *
     * @param name              1 to 200 of {@code a-z A-Z 0-9 . _ -}, neither {@code .} nor {@code ..}.
     * @param partitions        1 to 1024.
     * @param replicationFactor number of replicas: 1, or -1 for the default.
     * @param config            settings of the topic by name.
     * @return the request to watch; decided at once where it is refused.
     */
    public TopicRequest createTopicAsync(
        final String name, final int partitions, final int replicationFactor, final Map<String, String> config)
    {
        return runtime.submit(
            new TopicRequest(TopicRequest.Kind.CREATE, name, partitions, replicationFactor, Map.copyOf(config)));
    }

    /**
     * Ask for a topic with the default number of replicas. Never blocks. Any thread.
     *
     * @param name       of the topic.
     * @param partitions 1 to 1024.
     * @param config     settings of the topic by name.
     * @return the request to watch; decided at once where it is refused.
     */
    public TopicRequest createTopicAsync(
        final String name, final int partitions, final Map<String, String> config)
    {
        return createTopicAsync(name, partitions, -1, config);
    }

    /**
     * Ask for a topic to be deleted. Never blocks. Any thread.
     *
     * @param name of the topic.
     * @return the request to watch; decided at once where it is refused.
     */
    public TopicRequest deleteTopicAsync(final String name)
    {
        return runtime.submit(new TopicRequest(TopicRequest.Kind.DELETE, name, 0, 0, Map.of()));
    }

    /**
     * Find a topic. Any thread.
     *
     * @param name of the topic.
     * @return the topic, or null where there is none.
     */
    public TopicInfo topic(final String name)
    {
        return runtime.catalogue().topic(name);
    }

    /**
     * Find a topic. Any thread.
     *
     * @param topicId of the topic.
     * @return the topic, or null where there is none.
     */
    public TopicInfo topic(final long topicId)
    {
        return runtime.catalogue().topic(topicId);
    }

    /**
     * List the topics. Any thread.
     *
     * @return the topics in the order of their names; does not change.
     */
    public List<TopicInfo> topics()
    {
        return runtime.catalogue().topics();
    }

    /**
     * Find a partition. Any thread; does not allocate.
     *
     * @param topic     name.
     * @param partition index.
     * @return the partition, or null where there is none or it is {@link #offlinePartitions() offline}.
     */
    public Partition partition(final String topic, final int partition)
    {
        return runtime.catalogue().partition(topic, partition);
    }

    /**
     * Find a partition. Any thread; does not allocate.
     *
     * @param topicId   of the topic.
     * @param partition index.
     * @return the partition, or null where there is none or it is {@link #offlinePartitions() offline}.
     */
    public Partition partition(final long topicId, final int partition)
    {
        return runtime.catalogue().partition(topicId, partition);
    }

    /**
     * The partitions that could not be opened at start, because their files were gone or unreadable. Each was reported
     * to the error handler with the remedy. Any thread.
     *
     * @return names as {@code topic-partition}; does not change.
     */
    public List<String> offlinePartitions()
    {
        return runtime.catalogue().offline();
    }

    /**
     * The agent that does everything that may block. In invoked mode the caller runs it, from any one thread at a time;
     * otherwise it has its thread and must not be touched.
     *
     * @return the housekeeper.
     */
    public Agent housekeeper()
    {
        return runtime.housekeeper();
    }

    /**
     * @return the concluded context. Any thread.
     */
    public Context context()
    {
        return runtime.context();
    }

    /**
     * @return number of this life of the broker: higher at every launch on the directory. Any thread.
     */
    public int brokerEpoch()
    {
        return runtime.brokerEpoch();
    }

    /**
     * Stop the housekeeper, force every log to disk and write the clean marker, which spares the next start the scan.
     * The owners of partitions must have stopped, and said so with {@code owner(null)}. Any thread but the
     * housekeeper's; idempotent. What fails is reported to the error handler, and no clean marker is written then.
     */
    @Override
    public void close()
    {
        runtime.close();
    }

    /**
     * Settings of an engine, each with a default. A value is taken from the setter, else from the system property
     * {@code epona.*}, else from the properties file, else it is the default. Owned by one thread until it is given to
     * {@link Engine#launch(Context)}; read-only for any thread afterwards.
     */
    public static final class Context extends EngineNumbers<Context>
    {
        private static final int MAX_SPINS = 1;
        private static final int MAX_YIELDS = 4;
        private static final long MIN_PARK_NS = 50_000;
        private static final long MAX_PARK_NS = 1_000_000;

        private boolean isConcluded;
        private boolean invoked;
        private Path configFile;
        private Properties properties;
        private Collection<String> foreignSettings = List.of();
        private Path dataDir;
        private Clock clock;
        private Storage storage;
        private Coordination coordination;
        private ThreadFactory threadFactory;
        private IdleStrategy idleStrategy;
        private ErrorHandler errorHandler;
        private PartitionListener partitionListener;
        private RecoveryListener recoveryListener;
        private ProcessLimits processLimits;

        /**
         * Check everything and fill in what was not set. Once; called by {@link Engine#launch(Context)} where the user
         * did not.
         *
         * @return this.
         * @throws EngineException INVALID_CONFIG naming the setting, its origin and what is accepted.
         */
        public Context conclude()
        {
            if (isConcluded)
            {
                throw new IllegalStateException("a context is concluded once, and serves one engine");
            }

            final SettingSource source =
                new SettingSource(configFile, properties, System.getProperties(), foreignSettings);
            if (null == dataDir)
            {
                dataDir = Path.of(source.value(Setting.DATA_DIR));
            }
            dataDir = dataDir.toAbsolutePath().normalize();
            concludeNumbers(source);
            concludePorts();
            isConcluded = true;

            return this;
        }

        @Override
        Context self()
        {
            return this;
        }

        private void concludePorts()
        {
            clock = null == clock ? new SystemClock() : clock;
            storage = null == storage ? new FileStorage() : storage;
            threadFactory = null == threadFactory ? Thread::new : threadFactory;
            idleStrategy = null == idleStrategy ?
                new BackoffIdleStrategy(MAX_SPINS, MAX_YIELDS, MIN_PARK_NS, MAX_PARK_NS) : idleStrategy;
            errorHandler = null == errorHandler ? ErrorHandlers.LOG : errorHandler;
            recoveryListener = null == recoveryListener ? ErrorHandlers.LOG_CUT : recoveryListener;
            processLimits = null == processLimits ? ProcessLimits.read() : processLimits;
        }

        /**
         * Directory of the data, created where it does not exist.
         *
         * @param dataDir created where it does not exist.
         * @return this, for a fluent API.
         */
        public Context dataDir(final Path dataDir)
        {
            this.dataDir = dataDir;
            return this;
        }

        /**
         * @return directory of the data, created where it does not exist.
         */
        public Path dataDir()
        {
            return dataDir;
        }

        /**
         * Whether the caller runs the housekeeper instead of a thread of its own.
         *
         * @param invoked true for the caller.
         * @return this, for a fluent API.
         */
        public Context invoked(final boolean invoked)
        {
            this.invoked = invoked;
            return this;
        }

        /**
         * @return whether the caller runs the housekeeper instead of a thread of its own.
         */
        public boolean invoked()
        {
            return invoked;
        }

        /**
         * Source of time.
         *
         * @param clock of all timestamps.
         * @return this, for a fluent API.
         */
        public Context clock(final Clock clock)
        {
            this.clock = clock;
            return this;
        }

        /**
         * @return source of time.
         */
        public Clock clock()
        {
            return clock;
        }

        /** What the operating system is taken to allow, for tests. */
        Context processLimits(final ProcessLimits processLimits)
        {
            this.processLimits = processLimits;
            return this;
        }

        ProcessLimits processLimits()
        {
            return processLimits;
        }

        /**
         * Files beneath the engine.
         *
         * @param storage used by housekeeper, launch and close.
         * @return this, for a fluent API.
         */
        public Context storage(final Storage storage)
        {
            this.storage = storage;
            return this;
        }

        /**
         * @return files beneath the engine.
         */
        public Storage storage()
        {
            return storage;
        }

        /**
         * Coordination to use instead of the file local.meta; the engine closes it.
         *
         * @param coordination owned by the housekeeper from launch on.
         * @return this, for a fluent API.
         */
        public Context coordination(final Coordination coordination)
        {
            this.coordination = coordination;
            return this;
        }

        /**
         * @return coordination to use, or null for the file local.meta.
         */
        public Coordination coordination()
        {
            return coordination;
        }

        /**
         * Maker of the housekeeper's thread.
         *
         * @param threadFactory unused in invoked mode.
         * @return this, for a fluent API.
         */
        public Context threadFactory(final ThreadFactory threadFactory)
        {
            this.threadFactory = threadFactory;
            return this;
        }

        /**
         * @return maker of the housekeeper's thread.
         */
        public ThreadFactory threadFactory()
        {
            return threadFactory;
        }

        /**
         * What the housekeeper does when there is nothing to do; it keeps the memory ahead of appends prepared, so
         * that a long pause costs back-pressure.
         *
         * @param idleStrategy unused in invoked mode.
         * @return this, for a fluent API.
         */
        public Context idleStrategy(final IdleStrategy idleStrategy)
        {
            this.idleStrategy = idleStrategy;
            return this;
        }

        /**
         * @return what the housekeeper does when there is nothing to do; it keeps the memory ahead of appends
         * prepared, so that a long pause costs back-pressure.
         */
        public IdleStrategy idleStrategy()
        {
            return idleStrategy;
        }

        /**
         * Receiver of faults of the environment; called by the housekeeper and by launch and close.
         *
         * @param errorHandler called on several threads, never at once.
         * @return this, for a fluent API.
         */
        public Context errorHandler(final ErrorHandler errorHandler)
        {
            this.errorHandler = errorHandler;
            return this;
        }

        /**
         * @return receiver of faults of the environment; called by the housekeeper and by launch and close.
         */
        public ErrorHandler errorHandler()
        {
            return errorHandler;
        }

        /**
         * Receiver of news of partitions.
         *
         * @param partitionListener called by launch and the housekeeper.
         * @return this, for a fluent API.
         */
        public Context partitionListener(final PartitionListener partitionListener)
        {
            this.partitionListener = partitionListener;
            return this;
        }

        /**
         * @return receiver of news of partitions, or null.
         */
        public PartitionListener partitionListener()
        {
            return partitionListener;
        }

        /**
         * Receiver of what recovery cut; called by launch. By default it goes to the platform's logging as a warning.
         *
         * @param recoveryListener of the embedder.
         * @return this, for a fluent API.
         */
        public Context recoveryListener(final RecoveryListener recoveryListener)
        {
            this.recoveryListener = recoveryListener;
            return this;
        }

        /**
         * @return receiver of what recovery cut.
         */
        public RecoveryListener recoveryListener()
        {
            return recoveryListener;
        }

        /**
         * Properties file to read, instead of the one that the system property {@code epona.config} names.
         *
         * @param configFile with names such as {@code segment.bytes}.
         * @return this, for a fluent API.
         */
        public Context configFile(final Path configFile)
        {
            this.configFile = configFile;
            return this;
        }

        /**
         * Properties that count as those of the properties file, and over them.
         *
         * @param properties with names such as {@code segment.bytes}.
         * @return this, for a fluent API.
         */
        public Context properties(final Properties properties)
        {
            this.properties = properties;
            return this;
        }

        /**
         * Names of settings that are not the engine's but may stand in the same properties file and, behind
         * {@code epona.}, among the system properties. Every other unknown name is refused.
         *
         * @param names such as {@code listen}.
         * @return this, for a fluent API.
         */
        public Context foreignSettings(final Collection<String> names)
        {
            this.foreignSettings = List.copyOf(names);
            return this;
        }

        /**
         * @return whether {@link #conclude()} was called.
         */
        public boolean isConcluded()
        {
            return isConcluded;
        }
    }
}
