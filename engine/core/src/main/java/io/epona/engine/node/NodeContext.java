package io.epona.engine.node;

import io.epona.engine.Clock;
import io.epona.engine.Storage;
import io.epona.engine.TopicSettings;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.log.CleaningDefect;
import io.epona.engine.log.LogCleaner;
import io.epona.engine.log.LogContext;
import io.epona.engine.log.RecoveryListener;
import io.epona.engine.replica.AppendListener;
import io.epona.engine.replica.Links;
import io.epona.engine.replica.Marks;
import io.epona.engine.replica.ProtocolMutation;
import io.epona.engine.replica.ReplicaShard;
import org.agrona.ErrorHandler;

import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What a {@link ClusterNode} is made of: one life of a broker, from the start of its process to its end. A new life
 * takes a new context with a new {@link Coordination}. Filled by one thread, not changed after {@link #conclude()}.
 */
public final class NodeContext
{
    /** Time after which the files of a replica go, once it is certain that the broker does not hold it any more. */
    public static final long DELETE_GRACE_DEFAULT_NS = TimeUnit.SECONDS.toNanos(1);
    /** Time that a controlled stop waits for other leaders. */
    public static final long STOP_TIMEOUT_DEFAULT_NS = TimeUnit.SECONDS.toNanos(30);

    /** Time that a controller gives brokers to see that a topic is deleted, before its states go. */
    public static final long DELETION_GRACE_DEFAULT_NS = TimeUnit.SECONDS.toNanos(60);
    /** Longest time that the session of a broker that is gone may live. */
    public static final long SESSION_TIMEOUT_DEFAULT_NS = TimeUnit.SECONDS.toNanos(18);
    /** Replicas that a broker holds at most. */
    public static final int MAX_PARTITIONS_DEFAULT = 10_000;

    private int brokerId = -1;
    private Path dataDir;
    private Storage storage;
    private Clock clock;
    private Coordination coordination;
    private Links links;
    private AppendListener appendListener;
    private ShardListener shardListener = ShardListener.NONE;
    private Uuid bootId;
    private Supplier<Uuid> uuids = Uuid::random;
    private TopicSettings topicDefaults;
    private ErrorHandler errorHandler;
    private RecoveryListener recoveryListener = NodeContext::ignoreCut;
    private LogContext logContext;
    private Marks marks = Marks.NONE;
    private ProtocolMutation mutation = ProtocolMutation.NONE;
    private String host = "";
    private int port;
    private int shards = 1;
    private int maxMessageBytes = 128 * 1024;
    private int maxPartitions = MAX_PARTITIONS_DEFAULT;
    private long deleteGraceNs = DELETE_GRACE_DEFAULT_NS;
    private long deletionGraceNs = DELETION_GRACE_DEFAULT_NS;
    private long stopTimeoutNs = STOP_TIMEOUT_DEFAULT_NS;
    private long sessionTimeoutNs = SESSION_TIMEOUT_DEFAULT_NS;
    private final ReplicaShard.Context replicas = new ReplicaShard.Context();

    private static void ignoreCut(
        final Path file, final long offset, final long position, final long length, final String reason)
    {
        // A cut of what was never acknowledged is no news, unless somebody asks for it.
    }

    /**
     * Check that nothing is missing.
     *
     * @return this.
     */
    public NodeContext conclude()
    {
        if (brokerId < 0)
        {
            throw new IllegalStateException("a node needs a broker id, 0 or more: " + brokerId);
        }
        Objects.requireNonNull(dataDir, "dataDir");
        Objects.requireNonNull(storage, "storage");
        Objects.requireNonNull(clock, "clock");
        Objects.requireNonNull(coordination, "coordination");
        Objects.requireNonNull(links, "links");
        Objects.requireNonNull(appendListener, "appendListener");
        Objects.requireNonNull(bootId, "bootId");
        Objects.requireNonNull(errorHandler, "errorHandler");
        if (1 != shards)
        {
            throw new IllegalStateException("a broker of a cluster has one shard, not " + shards);
        }
        if (null == logContext)
        {
            logContext = new LogContext(
                storage, clock, errorHandler, recoveryListener, null,
                new LogCleaner(LogCleaner.BUFFER_LENGTH_DEFAULT, cleaningDefect()));
        }
        if (null == topicDefaults)
        {
            topicDefaults = TopicSettings.defaults();
        }

        return this;
    }

    /**
     * @param id of the broker in its cluster, 0 or more.
     * @return this.
     */
    public NodeContext brokerId(final int id)
    {
        brokerId = id;
        return this;
    }

    int brokerId()
    {
        return brokerId;
    }

    /**
     * @param name of the host that the broker is reached at, told to the others; empty, as by default, where nobody
     *             reaches it by a network.
     * @param base the lowest of the broker's ports, from which the others follow.
     * @return this.
     */
    public NodeContext endpoint(final String name, final int base)
    {
        host = Objects.requireNonNull(name, "host");
        port = base;
        return this;
    }

    String host()
    {
        return host;
    }

    int port()
    {
        return port;
    }

    /**
     * @param count threads that the replicas are spread over, told to the others; 1, and no other yet.
     * @return this.
     */
    public NodeContext shards(final int count)
    {
        shards = count;
        return this;
    }

    int shards()
    {
        return shards;
    }

    /**
     * @param path of the data directory. The caller holds it against other processes.
     * @return this.
     */
    public NodeContext dataDir(final Path path)
    {
        dataDir = path;
        return this;
    }

    Path dataDir()
    {
        return dataDir;
    }

    /**
     * @param port to the files.
     * @return this.
     */
    public NodeContext storage(final Storage port)
    {
        storage = port;
        return this;
    }

    Storage storage()
    {
        return storage;
    }

    /**
     * @param port for what is stamped on records; the duty cycles are told the time.
     * @return this.
     */
    public NodeContext clock(final Clock port)
    {
        clock = port;
        return this;
    }

    Clock clock()
    {
        return clock;
    }

    /**
     * @param port to the coordination, for this life alone; the node polls and closes it.
     * @return this.
     */
    public NodeContext coordination(final Coordination port)
    {
        coordination = port;
        return this;
    }

    Coordination coordination()
    {
        return coordination;
    }

    /**
     * @param port to the other brokers, used on the shard's thread.
     * @return this.
     */
    public NodeContext links(final Links port)
    {
        links = port;
        return this;
    }

    Links links()
    {
        return links;
    }

    /**
     * @param listener told the outcome of appends that wait for other replicas, on the shard's thread.
     * @return this.
     */
    public NodeContext appendListener(final AppendListener listener)
    {
        appendListener = listener;
        return this;
    }

    AppendListener appendListener()
    {
        return appendListener;
    }

    /**
     * @param listener told, on the shard's thread, of other brokers and of replicas that go; nobody by default.
     * @return this.
     */
    public NodeContext shardListener(final ShardListener listener)
    {
        shardListener = Objects.requireNonNull(listener, "shardListener");
        return this;
    }

    ShardListener shardListener()
    {
        return shardListener;
    }

    /**
     * @param id of the boot of the host: as long as it is the same, what was stored in mapped files is still there.
     * @return this.
     */
    public NodeContext bootId(final Uuid id)
    {
        bootId = id;
        return this;
    }

    Uuid bootId()
    {
        return bootId;
    }

    /**
     * @param supplier of identities for a cluster and a directory that have none, asked by conductor and housekeeper;
     *                 random ones by default.
     * @return this.
     */
    public NodeContext uuids(final Supplier<Uuid> supplier)
    {
        uuids = supplier;
        return this;
    }

    Supplier<Uuid> uuids()
    {
        return uuids;
    }

    /**
     * @param settings of topics that have none of their own; those of the documentation by default.
     * @return this.
     */
    public NodeContext topicDefaults(final TopicSettings settings)
    {
        topicDefaults = settings;
        return this;
    }

    TopicSettings topicDefaults()
    {
        return topicDefaults;
    }

    /**
     * @param handler told of faults of the environment and of what an operator should know; by any thread of the node.
     * @return this.
     */
    public NodeContext errorHandler(final ErrorHandler handler)
    {
        errorHandler = handler;
        return this;
    }

    ErrorHandler errorHandler()
    {
        return errorHandler;
    }

    /**
     * @param listener told what recovery cuts; nobody by default.
     * @return this.
     */
    public NodeContext recoveryListener(final RecoveryListener listener)
    {
        recoveryListener = listener;
        return this;
    }

    RecoveryListener recoveryListener()
    {
        return recoveryListener;
    }

    /**
     * @param shared by all logs; by default one without flushers, whose work the housekeeper does.
     * @return this.
     */
    public NodeContext logContext(final LogContext shared)
    {
        logContext = shared;
        return this;
    }

    LogContext logContext()
    {
        return logContext;
    }

    /**
     * @param counters told which guards decided something; by conductor and shard.
     * @return this.
     */
    public NodeContext marks(final Marks counters)
    {
        marks = counters;
        return this;
    }

    Marks marks()
    {
        return marks;
    }

    /**
     * A planted bug, for simulators alone: a broker never calls this.
     *
     * @param planted to be found.
     * @return this.
     */
    public NodeContext mutation(final ProtocolMutation planted)
    {
        mutation = planted;
        return this;
    }

    ProtocolMutation mutation()
    {
        return mutation;
    }

    private CleaningDefect cleaningDefect()
    {
        return ProtocolMutation.M19 == mutation ? CleaningDefect.PAST_COMMIT :
            ProtocolMutation.M29 == mutation ? CleaningDefect.FIRST_OF_EPOCH : CleaningDefect.NONE;
    }

    /**
     * @param bytes longest batch that the broker accepts, told to the others.
     * @return this.
     */
    public NodeContext maxMessageBytes(final int bytes)
    {
        maxMessageBytes = bytes;
        return this;
    }

    int maxMessageBytes()
    {
        return maxMessageBytes;
    }

    /**
     * @param count replicas that the broker holds at most.
     * @return this.
     */
    public NodeContext maxPartitions(final int count)
    {
        maxPartitions = count;
        return this;
    }

    int maxPartitions()
    {
        return maxPartitions;
    }

    /**
     * @param graceNs time after which the files of a replica go, once it is certain that they may.
     * @return this.
     */
    public NodeContext deleteGraceNs(final long graceNs)
    {
        deleteGraceNs = graceNs;
        return this;
    }

    long deleteGraceNs()
    {
        return deleteGraceNs;
    }

    /**
     * @param graceNs time that brokers have to see that a topic is deleted, before its states go: one that does not
     *                see it sets its replicas aside instead of deleting them.
     * @return this.
     */
    public NodeContext deletionGraceNs(final long graceNs)
    {
        deletionGraceNs = graceNs;
        return this;
    }

    long deletionGraceNs()
    {
        return deletionGraceNs;
    }

    /**
     * @param timeoutNs longest time that the session of a broker that is gone may live.
     * @return this.
     */
    public NodeContext sessionTimeoutNs(final long timeoutNs)
    {
        sessionTimeoutNs = timeoutNs;
        return this;
    }

    long sessionTimeoutNs()
    {
        return sessionTimeoutNs;
    }

    /**
     * @return times and sizes of the replication, to be changed before {@link #conclude()}. Its ports are set by the
     *         node.
     */
    public ReplicaShard.Context replicas()
    {
        return replicas;
    }

    /**
     * @param timeoutNs that a controlled stop waits until no partition needs this broker.
     * @return this.
     */
    public NodeContext stopTimeoutNs(final long timeoutNs)
    {
        stopTimeoutNs = timeoutNs;
        return this;
    }

    long stopTimeoutNs()
    {
        return stopTimeoutNs;
    }
}
