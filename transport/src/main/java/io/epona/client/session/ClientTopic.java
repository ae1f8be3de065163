package io.epona.client.session;

import java.util.ArrayList;
import java.util.List;

/**
 * A topic by its name: which one has the name now, and when to ask for its leaders. Owned by its machine's thread.
 *
 * @param <P> what the machine keeps for a partition.
 */
final class ClientTopic<P>
{
    /** What an answer of a broker means beside what is known. */
    enum Answer
    {
        /** Of a topic that was deleted before the known one was created. */
        STALE,
        /** There is no topic of that name, as far as this broker knows. */
        MISSING,
        /** Of the known topic, or the first answer. */
        CURRENT,
        /** Another topic has the name now. */
        REPLACED
    }

    private final String name;
    private final Pacer lookups;
    private final List<P> partitions = new ArrayList<>();
    private long topicId = -1;
    private boolean isAnswered;
    private long answeredNs;

    ClientTopic(final String name, final long pauseNs)
    {
        this.name = name;
        this.lookups = new Pacer(pauseNs);
        lookups.want();
    }

    /** In the order in which they were added. */
    List<P> partitions()
    {
        return partitions;
    }

    long topicId()
    {
        return topicId;
    }

    void want()
    {
        lookups.want();
    }

    /** Ask also where there is no sign of a change, once the last answer is that old. */
    void wantIfOlder(final long nowNs, final long ageNs)
    {
        if (isAnswered && nowNs - answeredNs >= ageNs)
        {
            lookups.want();
        }
    }

    int poll(final long nowNs, final MetadataLookup metadata)
    {
        if (!lookups.isDue(nowNs) || !metadata.request(name))
        {
            return 0;
        }
        lookups.onAsked(nowNs);
        return 1;
    }

    /**
     * Ids of topics rise and are never used again: a lower one is an old answer. A missing topic may be an old answer
     * too, so it changes nothing here.
     */
    Answer onAnswer(final long answeredId, final long nowNs)
    {
        lookups.onAnswered();
        if (!isAnswered)
        {
            lookups.onFirstAnswer();
        }
        isAnswered = true;
        answeredNs = nowNs;
        if (answeredId < 0)
        {
            lookups.wantLater(nowNs);
            return Answer.MISSING;
        }
        if (answeredId < topicId)
        {
            lookups.want();
            return Answer.STALE;
        }
        final boolean isReplaced = topicId >= 0 && answeredId > topicId;
        topicId = answeredId;
        return isReplaced ? Answer.REPLACED : Answer.CURRENT;
    }
}
