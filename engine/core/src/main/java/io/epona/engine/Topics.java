package io.epona.engine;

import io.epona.engine.local.TopicRegistry;
import io.epona.engine.log.LogContext;

import java.util.ArrayDeque;

/**
 * What the making and unmaking of topics works on. The housekeeper writes the catalogue, every thread reads it; the
 * rest is the housekeeper's.
 */
final class Topics
{
    final TopicRegistry registry;
    final DataDirectory directory;
    final LogContext logContext;
    final LogKeeper logKeeper;
    final CheckpointKeeper checkpointKeeper;
    final PartitionListener listener;
    final Reporter reporter;
    final TopicSettings defaults;
    /** Partitions that were there at the start, and that the listener could not take yet. */
    final ArrayDeque<Partition> unannounced = new ArrayDeque<>();
    final int maxPartitions;
    final int brokerId;
    final int brokerEpoch;

    private volatile Catalogue catalogue;

    Topics(
        final Engine.Context ctx,
        final TopicRegistry registry,
        final DataDirectory directory,
        final LogContext logContext,
        final LogKeeper logKeeper,
        final CheckpointKeeper checkpointKeeper,
        final Catalogue catalogue,
        final int brokerEpoch)
    {
        this.registry = registry;
        this.directory = directory;
        this.logContext = logContext;
        this.logKeeper = logKeeper;
        this.checkpointKeeper = checkpointKeeper;
        this.listener = null == ctx.partitionListener() ? new ImmediateRelease() : ctx.partitionListener();
        this.reporter = new Reporter(ctx.errorHandler());
        this.defaults = ctx.topicDefaults();
        this.maxPartitions = ctx.maxPartitions();
        this.brokerId = ctx.brokerId();
        this.brokerEpoch = brokerEpoch;
        this.catalogue = catalogue;
    }

    /**
     * @return the catalogue of this moment. Any thread.
     */
    Catalogue catalogue()
    {
        return catalogue;
    }

    void publish(final Catalogue.Entry entry)
    {
        catalogue = catalogue.with(entry);
    }

    void withdraw(final long topicId)
    {
        catalogue = catalogue.without(topicId);
    }

    /** Where nobody listens, nobody has to let go. */
    private static final class ImmediateRelease implements PartitionListener
    {
        @Override
        public boolean onPartitionOpened(final Partition partition)
        {
            return true;
        }

        @Override
        public boolean onPartitionClosing(final Partition partition, final Release release)
        {
            release.release();
            return true;
        }
    }
}
