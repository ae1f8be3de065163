package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.BrokerMeta;
import io.epona.engine.Checkpoint;
import io.epona.engine.CleanMarker;
import io.epona.engine.DataDirectory;
import io.epona.engine.DataDirectory.PartitionDirectory;
import io.epona.engine.EngineException;
import io.epona.engine.Reporter;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.log.CleanState;
import io.epona.engine.log.PartitionLog;
import io.epona.engine.replica.ProtocolMutation;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a start does with the data directory before the broker registers: know whose it is, take the clean marker away
 * durably, read what the life before has left, recover the logs; and what of all this tells how that life ended.
 * <p>
 * By the housekeeper; every method may block.
 */
final class StartRecovery
{
    private final NodeContext ctx;
    private final DataDirectory directory;
    private final Reporter reporter;
    private final ReplicaDirectory replicas;
    private final ArrayDeque<PartitionDirectory> found = new ArrayDeque<>();
    private final Map<PartitionId, CleanState> cleanStates = new TreeMap<>();
    private final Map<PartitionId, Checkpoint.Entry> checkpoints = new TreeMap<>();
    private Map<PartitionId, Long> publishedEnds;
    private BrokerMeta meta;
    private Uuid dirId;
    private CleanMarker marker;
    private LifeFile life;
    private boolean isMarkerMatched;
    private boolean isPublishedThere;
    private boolean areLogsWhole = true;

    StartRecovery(
        final NodeContext ctx,
        final DataDirectory directory,
        final Reporter reporter,
        final ReplicaDirectory replicas)
    {
        this.ctx = ctx;
        this.directory = directory;
        this.reporter = reporter;
        this.replicas = replicas;
    }

    /**
     * Look at the directory. The marker is gone when this returns.
     *
     * @throws IOException     where something cannot be read.
     * @throws EngineException INVALID_CONFIG where the directory is another's.
     */
    void begin() throws IOException
    {
        found.addAll(directory.partitionDirectories());
        meta = directory.readMeta();
        if (null == meta)
        {
            requireEmpty();
            dirId = ctx.uuids().get();
        }
        else
        {
            requireOwn();
            dirId = meta.dirId();
            directory.finishDeletions();
        }

        marker = ProtocolMutation.M13 == ctx.mutation() ?
            directory.peekMarker(reporter) : directory.takeMarker(reporter);
        isMarkerMatched = null != marker;
        if (null != marker)
        {
            marker.partitions().forEach((entry) -> cleanStates.put(
                new PartitionId(entry.topicId(), entry.partition()), entry.state()));
        }
        life = LifeFile.read(ctx.storage(), directory.path());
        publishedEnds = PublishedEnds.read(ctx.storage(), directory.path());
        isPublishedThere = null != publishedEnds;
        directory.readCheckpoint(reporter).partitions().forEach((entry) -> checkpoints.put(
            new PartitionId(entry.topicId(), entry.partition()), entry));
    }

    private void requireEmpty()
    {
        if (!found.isEmpty())
        {
            throw new EngineException(
                ResultCode.INVALID_CONFIG,
                "the data directory " + directory.path() + " holds partitions (" +
                found.peek().path().getFileName() + ") but no broker.meta that says whose they are: put that file " +
                "back, or start broker " + ctx.brokerId() + " on an empty directory");
        }
    }

    private void requireOwn()
    {
        if (meta.brokerId() != ctx.brokerId())
        {
            throw new EngineException(
                ResultCode.INVALID_CONFIG,
                "the data directory " + directory.path() + " belongs to broker " + meta.brokerId() +
                ", this is broker " + ctx.brokerId() + ": correct one of the two");
        }
    }

    /**
     * The cluster is known: the directory is its from now on.
     *
     * @param clusterId of the cluster, the same as that of the directory where it has one.
     * @throws IOException where that cannot be written.
     */
    void belongTo(final Uuid clusterId) throws IOException
    {
        if (null == meta)
        {
            meta = new BrokerMeta(clusterId, dirId, ctx.brokerId());
        }
        // At each start, the last moment before a life is registered: one that cannot be written down then, as the disk
        // is full, would make the next one pass for unclean.
        directory.writeMeta(meta);
    }

    /**
     * Recover one log.
     *
     * @param topics by name, for the settings of their logs; those that are not among them have the broker's.
     * @param nowNs  epoch ns.
     * @return false where all are recovered.
     */
    boolean recoverNext(final Map<String, TopicRecord> topics, final long nowNs)
    {
        final PartitionDirectory next = found.poll();
        if (null == next)
        {
            checkMissing();
            return false;
        }

        final PartitionId id = new PartitionId(next.topicId(), next.partition());
        final String name = next.path().getFileName().toString();
        final String topic = name.substring(0, name.lastIndexOf('-', name.lastIndexOf('.')));
        final TopicRecord record = topics.get(topic);
        final Map<String, String> config =
            null == record || record.topicId() != id.topicId() ? Map.of() : record.config();
        final CleanState cleanState = cleanStates.remove(id);
        final Checkpoint.Entry checkpoint = checkpoints.remove(id);
        final Long published = null == publishedEnds ? null : publishedEnds.remove(id);
        final PartitionLog log = replicas.recover(
            next,
            ReplicaPlan.logConfig(topic, config, ctx.topicDefaults(), ctx.errorHandler()),
            cleanState,
            checkpoint,
            nowNs);

        isMarkerMatched &= null != log && null != cleanState &&
            cleanState.logEnd() == log.logEnd() && cleanState.lastEpoch() == log.lastEpoch();
        final boolean wasInUse = null != checkpoint || null != published || null != cleanState;
        // Nothing else knows it, and there is no head of a log in it: it was being made when that life ended, and is
        // made anew if it is wanted. A device that fails tells nothing of what was there.
        final boolean wasBeingMade = null == log && !wasInUse && replicas.isUnreadable(id);
        areLogsWhole &= null == log ? wasBeingMade : null == log.damage();
        if (wasBeingMade)
        {
            replicas.setAside(id);
        }
        isPublishedThere &= null == published || null != log && log.logEnd() >= published;

        return true;
    }

    /** Each log was taken out of what is expected: what is left there has no directory. */
    private void checkMissing()
    {
        isMarkerMatched &= cleanStates.isEmpty();
        isPublishedThere &= null != publishedEnds && publishedEnds.isEmpty();
        if (!checkpoints.isEmpty())
        {
            areLogsWhole = false;
            reporter.report(
                ResultCode.DATA_LOSS,
                "the directory of the replica of " + checkpoints.keySet().iterator().next() +
                " is gone (" + checkpoints.size() + " in all): this broker's replicas are not believed to be complete",
                null);
        }
    }

    /**
     * @return what the life before has left. After the last log.
     */
    StartEvidence evidence()
    {
        return new StartEvidence(
            null == marker ? -1 : marker.brokerEpoch(),
            isMarkerMatched,
            null == life ? -1 : life.brokerEpoch(),
            null != life && life.bootId().equals(ctx.bootId()),
            isPublishedThere,
            areLogsWhole);
    }

    /**
     * @return identity of the directory.
     */
    Uuid dirId()
    {
        return dirId;
    }

    /**
     * @return identity of the cluster that the directory belongs to, or null where it belongs to none yet.
     */
    Uuid clusterId()
    {
        return null == meta ? null : meta.clusterId();
    }

    /**
     * A life is registered: from now on the directory is its.
     *
     * @param brokerEpoch of the life.
     * @throws IOException where that cannot be written.
     */
    void own(final int brokerEpoch) throws IOException
    {
        if (!replicas.isPublishing())
        {
            replicas.publishEnds(
                PublishedEnds.create(
                ctx.storage(), directory.path(), Math.max(ctx.maxPartitions(), replicas.ids().size())));
        }
        // Last: it vouches for the ends.
        new LifeFile(ctx.bootId(), brokerEpoch).write(ctx.storage(), directory.path());
    }

    /**
     * What is in the directory is not to be believed by the next start, even without a boot between. As far as that
     * can be written: where it cannot, published ends and checksums are what is left.
     */
    void disown()
    {
        try
        {
            ctx.storage().delete(directory.path().resolve(LifeFile.FILE_NAME));
            directory.sync();
        }
        catch (final IOException ex)
        {
            ctx.errorHandler().onError(ex);
        }
    }
}
