package io.epona.engine.log;

import java.util.ArrayDeque;
import java.util.List;

/**
 * Sees that sealed segments have an index. Owned by the housekeeper.
 */
final class IndexKeeper
{
    private static final int STEP_LENGTH = 1024 * 1024;

    private final ArrayDeque<Segment> unindexed = new ArrayDeque<>();
    private IndexBuilder builder;

    IndexKeeper(final List<Segment> segments)
    {
        unindexed.addAll(segments.subList(0, segments.size() - 1));
    }

    /** A segment left the log: before its file is given away. */
    void onRetired(final Segment segment)
    {
        unindexed.remove(segment);
        if (null != builder && segment == builder.segment())
        {
            builder = null;
        }
    }

    int doWork()
    {
        if (null == builder)
        {
            if (unindexed.isEmpty())
            {
                return 0;
            }
            builder = new IndexBuilder(unindexed.pollFirst());
        }

        if (builder.step(STEP_LENGTH))
        {
            builder.segment().index(builder.index());
            builder = null;
        }

        return 1;
    }
}
