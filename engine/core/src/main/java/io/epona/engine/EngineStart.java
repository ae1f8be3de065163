package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.DataDirectory.PartitionDirectory;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.local.ClusterSession;
import io.epona.engine.local.ClusterSession.LoadedState;
import io.epona.engine.local.ClusterSession.LoadedTopic;
import io.epona.engine.local.LocalCoordination;
import io.epona.engine.local.SoleReplica;
import io.epona.engine.local.TopicRegistry;
import io.epona.engine.log.CleanState;
import io.epona.engine.log.FlushQueue;
import io.epona.engine.log.LogCleaner;
import io.epona.engine.log.LogContext;
import io.epona.engine.log.Mappings;
import io.epona.engine.log.PartitionLog;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The start of an engine, in the order that makes a crash between any two steps harmless: lock the directory, know
 * whose it is, take the clean marker away, remove what is left of topics that do not exist, put directories aside that
 * belong to none, recover the logs, register a new life of the broker, take the leaderships, publish.
 * <p>
 * Used once, by the launching thread.
 */
final class EngineStart
{
    private final Engine.Context ctx;
    private final Reporter reporter;
    private final LogContext logContext;
    private final List<PartitionLog> opened = new ArrayList<>();
    private final Map<String, CleanState> cleanStates = new HashMap<>();
    private final Map<String, Checkpoint.Entry> checkpoints = new HashMap<>();
    private final List<Checkpoint.Entry> offline = new ArrayList<>();
    private DataDirectory directory;
    private Coordination coordination;
    private ClusterSession cluster;
    private BrokerMeta meta;
    private boolean isClean;

    EngineStart(final Engine.Context ctx)
    {
        this.ctx = ctx;
        this.reporter = new Reporter(ctx.errorHandler());
        this.logContext = new LogContext(
            ctx.storage(),
            ctx.clock(),
            ctx.errorHandler(),
            ctx.recoveryListener(),
            new FlushQueue(ctx.maxPartitions(), ctx.flushThreads()),
            new LogCleaner(ctx.logCleanerDedupeBufferSize()),
            new Mappings(ctx.processLimits().mappingsOfSegments(Mappings.LIMIT_DEFAULT)));
    }

    EngineRuntime start()
    {
        boolean isStarted = false;
        try
        {
            directory = DataDirectory.open(ctx.dataDir(), ctx.storage());
            coordination = null != ctx.coordination() ? ctx.coordination() : LocalCoordination.open(
                ctx.storage(), directory.path().resolve(LocalCoordination.FILE_NAME), ctx.errorHandler());
            cluster = new ClusterSession(coordination, ctx.clock(), ctx.brokerId());
            identify();
            takeMarker();
            for (final Checkpoint.Entry entry : directory.readCheckpoint(reporter).partitions())
            {
                checkpoints.put(key(entry.topicId(), entry.partition()), entry);
            }
            final EngineRuntime runtime = recover();
            isStarted = true;

            return runtime;
        }
        catch (final IOException ex)
        {
            throw new EngineException(
                ResultCode.INTERNAL,
                "the data directory " + ctx.dataDir() + " cannot be read or written (" + ex +
                "): check its permissions, the space and the disk",
                ex);
        }
        finally
        {
            if (!isStarted)
            {
                abandon();
            }
        }
    }

    /**
     * Make sure that the directory, the broker and the cluster belong together; give them their identities where they
     * have none.
     */
    private void identify() throws IOException
    {
        final Uuid clusterId = cluster.clusterId();
        meta = directory.readMeta();
        if (null == meta)
        {
            final List<PartitionDirectory> logs = directory.partitionDirectories();
            if (!logs.isEmpty())
            {
                throw new EngineException(
                    ResultCode.INVALID_CONFIG,
                    "the data directory " + directory.path() + " holds partitions (" +
                    logs.get(0).path().getFileName() + ") but no " + BrokerMeta.FILE_NAME +
                    " that says whose they are: put that file back, or start broker " + ctx.brokerId() +
                    " of cluster " + clusterId + " on an empty directory");
            }
        }
        else
        {
            checkMeta(clusterId);
        }

        final Uuid id = null == clusterId ? Uuid.random() : clusterId;
        cluster.found(id);
        if (null == meta)
        {
            meta = new BrokerMeta(id, Uuid.random(), ctx.brokerId());
            directory.writeMeta(meta);
        }
    }

    private void checkMeta(final Uuid clusterId)
    {
        if (meta.brokerId() != ctx.brokerId())
        {
            throw new EngineException(
                ResultCode.INVALID_CONFIG,
                "the data directory " + directory.path() + " belongs to broker " + meta.brokerId() +
                ", this is broker " + ctx.brokerId() + ": correct " + Setting.BROKER_ID.propertyName() + " or " +
                Setting.DATA_DIR.propertyName());
        }
        if (!meta.clusterId().equals(clusterId))
        {
            throw new EngineException(
                ResultCode.INVALID_CONFIG,
                "the data directory " + directory.path() + " belongs to cluster " + meta.clusterId() +
                (null == clusterId ? ", but the coordination is empty" : ", the coordination to cluster " + clusterId) +
                ": put the matching " + LocalCoordination.FILE_NAME + " back, or start on an empty directory");
        }
    }

    private void takeMarker() throws IOException
    {
        final CleanMarker marker = directory.takeMarker(reporter);
        isClean = null != marker && marker.brokerEpoch() == cluster.lastBrokerEpoch();
        if (isClean)
        {
            for (final CleanMarker.Entry entry : marker.partitions())
            {
                cleanStates.put(key(entry.topicId(), entry.partition()), entry.state());
            }
        }
    }

    private EngineRuntime recover() throws IOException
    {
        final List<LoadedTopic> loaded = cluster.loadTopics();
        ctx.processLimits().check(
            loaded.stream().mapToInt((topic) -> topic.states().size()).sum(), ctx.maxPartitions(), ctx.flushThreads(),
            reporter);
        final Map<Long, List<Integer>> orphans = cluster.orphanStates(loaded);
        directory.finishDeletions();
        removeOrphans(orphans);
        putStraysAside(loaded);

        final List<Catalogue.Entry> entries = new ArrayList<>();
        final List<PartitionLog[]> logs = new ArrayList<>();
        for (final LoadedTopic topic : loaded)
        {
            logs.add(openLogs(topic));
        }

        final int brokerEpoch = cluster.register(meta.dirId(), ctx.maxMessageBytes(), isClean);
        final List<LoadedState> elections = new ArrayList<>();
        for (int i = 0; i < loaded.size(); i++)
        {
            elections.addAll(elect(loaded.get(i), logs.get(i), brokerEpoch));
            entries.add(entry(loaded.get(i), logs.get(i)));
        }
        cluster.elect(elections);

        return assemble(Catalogue.of(entries), brokerEpoch);
    }

    private EngineRuntime assemble(final Catalogue catalogue, final int brokerEpoch)
    {
        final LogKeeper logKeeper = new LogKeeper(reporter, () -> {});
        final long nowNs = ctx.clock().nowNs();
        opened.forEach((log) -> logKeeper.add(log, nowNs));
        final Topics topics = new Topics(
            ctx, new TopicRegistry(coordination, ctx.errorHandler()), directory, logContext, logKeeper,
            new CheckpointKeeper(
                new CheckpointWriter(directory, logContext, reporter, nowNs + CheckpointWriter.INTERVAL_NS),
                logKeeper, offline),
            catalogue, brokerEpoch);
        final TopicAdmin admin = new TopicAdmin(topics, ctx.maxTopicRequests());

        for (final Catalogue.Entry entry : catalogue.entries())
        {
            for (final Partition partition : entry.partitions())
            {
                if (null != partition && !topics.listener.onPartitionOpened(partition))
                {
                    topics.unannounced.add(partition);
                }
            }
        }

        final Housekeeper housekeeper = new Housekeeper(ctx, coordination, topics, admin);
        final EngineRuntime runtime = new EngineRuntime(ctx, directory, coordination, topics, admin, housekeeper);
        runtime.startThreads();

        return runtime;
    }

    private void removeOrphans(final Map<Long, List<Integer>> orphans) throws IOException
    {
        if (orphans.isEmpty())
        {
            return;
        }

        for (final PartitionDirectory found : directory.partitionDirectories())
        {
            if (orphans.containsKey(found.topicId()))
            {
                directory.deletePartition(found.path());
            }
        }
        directory.sync();
        orphans.forEach(cluster::removeOrphan);
    }

    private void putStraysAside(final List<LoadedTopic> loaded) throws IOException
    {
        final Set<Path> expected = new HashSet<>();
        for (final LoadedTopic topic : loaded)
        {
            for (final LoadedState state : topic.states())
            {
                expected.add(directory.partitionPath(topic.name(), state.partition(), state.topicId()));
            }
        }

        for (final PartitionDirectory found : directory.partitionDirectories())
        {
            if (!expected.contains(found.path()))
            {
                final Path aside = directory.putAside(found.path());
                reporter.report(
                    ResultCode.UNKNOWN_TOPIC,
                    "the directory " + found.path() + " belongs to no topic and was renamed to " +
                    aside.getFileName() + ": delete it if its records are not needed",
                    null);
            }
        }
    }

    private PartitionLog[] openLogs(final LoadedTopic topic)
    {
        final TopicSettings settings = settings(topic);
        final PartitionLog[] logs = new PartitionLog[topic.states().size()];
        for (int i = 0; i < logs.length; i++)
        {
            final long topicId = topic.topic().topicId();
            final String name = topic.name() + '-' + i;
            logs[i] = openLog(name, directory.partitionPath(topic.name(), i, topicId), topicId, i, settings);
            final Checkpoint.Entry known = checkpoints.get(key(topicId, i));
            if (null != logs[i])
            {
                opened.add(logs[i]);
            }
            else if (null != known)
            {
                offline.add(known);
            }
        }

        return logs;
    }

    private PartitionLog openLog(
        final String name, final Path path, final long topicId, final int partition, final TopicSettings settings)
    {
        if (!ctx.storage().exists(path))
        {
            // Logs are made before their topic is: a missing one was lost, and an empty one in its place would
            // give offsets a second time.
            reporter.report(
                ResultCode.DATA_LOSS,
                "partition " + name + " is offline, its directory " + path +
                " is gone: put it back from a copy and restart, or delete the topic",
                null);
            return null;
        }

        try
        {
            final Checkpoint.Entry known = checkpoints.get(key(topicId, partition));
            final PartitionLog log = PartitionLog.open(
                logContext, path, topicId, partition, settings.logConfig(), cleanStates.get(key(topicId, partition)),
                null == known ? null : known.state());
            if (null != log.damage())
            {
                reporter.report(
                    ResultCode.PARTITION_FENCED,
                    "partition " + name + " is fenced, appends are refused and reads end at offset " +
                    log.damage().offset() + ": " + log.damage().message(),
                    null);
            }

            return log;
        }
        catch (final IOException ex)
        {
            reporter.report(
                ResultCode.DATA_LOSS,
                "partition " + name + " is offline, its files in " + path +
                " cannot be opened (" + ex + "): mend them and restart, or delete the topic",
                ex);
            return null;
        }
    }

    private TopicSettings settings(final LoadedTopic topic)
    {
        try
        {
            return TopicSettings.of(topic.topic().config(), ctx.topicDefaults());
        }
        catch (final EngineException ex)
        {
            throw new EngineException(
                ResultCode.INVALID_CONFIG,
                "topic " + topic.name() + " cannot be opened under the broker's settings: " + ex.getMessage(),
                ex);
        }
    }

    private List<LoadedState> elect(final LoadedTopic topic, final PartitionLog[] logs, final int brokerEpoch)
    {
        final List<LoadedState> elections = new ArrayList<>();
        for (final LoadedState loaded : topic.states())
        {
            final PartitionLog log = logs[loaded.partition()];
            final PartitionState next = null == log ?
                SoleReplica.withoutLeader(loaded.state()) :
                SoleReplica.elected(loaded.state(), brokerEpoch, log.lastEpoch());
            if (null != log)
            {
                log.leaderEpoch(next.leaderEpoch());
            }
            if (next != loaded.state())
            {
                elections.add(new LoadedState(loaded.topicId(), loaded.partition(), next, loaded.version()));
            }
        }

        return elections;
    }

    private static Catalogue.Entry entry(final LoadedTopic topic, final PartitionLog[] logs)
    {
        final Partition[] partitions = new Partition[logs.length];
        for (int i = 0; i < logs.length; i++)
        {
            partitions[i] = null == logs[i] ? null : new Partition(topic.name(), logs[i]);
        }

        return new Catalogue.Entry(
            new TopicInfo(topic.name(), topic.topic().topicId(), logs.length, topic.topic().config()),
            partitions,
            logs);
    }

    /** Let go of everything after a failed start. No clean marker: the next start scans. */
    private void abandon()
    {
        for (final PartitionLog log : opened)
        {
            try
            {
                log.closeClean();
            }
            catch (final RuntimeException ex)
            {
                ctx.errorHandler().onError(ex);
            }
        }
        if (null != coordination)
        {
            coordination.close();
        }
        if (null != directory)
        {
            try
            {
                directory.close();
            }
            catch (final IOException ex)
            {
                ctx.errorHandler().onError(ex);
            }
        }
    }

    private static String key(final long topicId, final int partition)
    {
        return topicId + "-" + partition;
    }
}
