package io.epona.engine;

import io.epona.engine.Checkpoint.Entry;

import java.util.List;

/**
 * The checkpoint of an engine. Partitions that are offline keep what was last known of them, so that their logs are
 * held against it when they come back.
 * <p>
 * Owned by the housekeeper, then by the closing thread.
 */
final class CheckpointKeeper
{
    private final CheckpointWriter writer;
    private final LogKeeper logKeeper;
    private final List<Entry> offline;

    /**
     * @param writer    of the file.
     * @param logKeeper that has the open logs.
     * @param offline   what is known of partitions that are not open.
     */
    CheckpointKeeper(final CheckpointWriter writer, final LogKeeper logKeeper, final List<Entry> offline)
    {
        this.writer = writer;
        this.logKeeper = logKeeper;
        this.offline = offline;
    }

    int doWork(final long nowNs, final Catalogue catalogue)
    {
        final int work = writer.doWork();

        return writer.isDue(nowNs) && writer.begin(nowNs, logKeeper.logs(), others(catalogue)) ? work + 1 : work;
    }

    /** As it is now, and wait until that is on disk. */
    void write(final long nowNs, final Catalogue catalogue)
    {
        writer.write(nowNs, logKeeper.logs(), others(catalogue));
    }

    private List<Entry> others(final Catalogue catalogue)
    {
        return offline.stream().filter((entry) -> null != catalogue.topic(entry.topicId())).toList();
    }
}
