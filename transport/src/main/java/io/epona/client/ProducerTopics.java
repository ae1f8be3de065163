package io.epona.client;

import io.epona.codecs.ResultCode;
import io.epona.transport.AckSink;
import io.epona.transport.ProducePartition;
import io.epona.transport.ProduceSession;
import io.epona.transport.SessionInfo;
import io.epona.transport.Streams;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The topics of a producer, and which lane leads to each of their partitions. A new session, or a receipt that says
 * that a topic is not what it was, makes it look all topics up again; partitions then go on over the lanes of the
 * shards that own them now. Owned by the producer's thread.
 */
final class ProducerTopics
{
    private final ClientRuntime client;
    private final Producer.Context ctx;
    private final AckSink sink;
    private final MetadataRefresh refresh;
    private final Map<String, Topic> topics = new HashMap<>();
    private final ProduceSession[] sessions = new ProduceSession[Streams.MAX_SHARDS];
    /** Those that exist: replaced as a whole, for counters are read by any thread. */
    private volatile ProduceSession[] active = new ProduceSession[0];
    /** What all lanes go by: it must not change between two of them. */
    private SessionInfo session;

    ProducerTopics(final ClientRuntime client, final Producer.Context ctx, final AckSink sink)
    {
        this.client = client;
        this.ctx = ctx;
        this.sink = sink;
        this.refresh = new MetadataRefresh(client);
    }

    /** @return the lanes in use. Any thread. */
    ProduceSession[] active()
    {
        return active;
    }

    /** @return times that topics were looked up again. Any thread. */
    long metadataAsked()
    {
        return refresh.asked();
    }

    /** @return the topic as it was found before, or null where it must be looked up. */
    Topic known(final String name)
    {
        final Topic topic = topics.get(name);
        return null == topic || topic.isMissing() ? null : topic;
    }

    /**
     * Look a topic up and open the lanes to it. Blocks at most for the request timeout.
     *
     * @throws EponaException where there is no such topic, no answer, or no lane.
     */
    Topic lookUp(final Producer producer, final String name)
    {
        final TopicSummary summary =
            AdminCodec.find(new AdminCodec(client, "topic '" + name + "'").metadata(name), name);
        onSession(client.sessionInfo());
        if (null == summary)
        {
            throw AdminCodec.unknownTopic(name);
        }
        if (null == session)
        {
            throw new EponaException(ResultCode.NOT_CONNECTED, "the session was lost: try again");
        }
        final Topic known = topics.get(name);
        final Topic topic = null == known ? new Topic(producer, name) : known;
        resolve(topic, summary.topicId(), summary.partitionCount());
        awaitLanes(topic, producer);
        topics.put(name, topic);
        return topic;
    }

    /** One step; never blocks. No record may be claimed. */
    int poll(final long nowNs)
    {
        final SessionInfo current = client.sessionInfo();
        if (current != session)
        {
            onSession(current);
        }
        return refresh.isIdle() ? 0 : pollRefresh(nowNs);
    }

    void onReceipt(final int code)
    {
        if (ResultCode.UNKNOWN_TOPIC.code() == code || ResultCode.NOT_LEADER.code() == code)
        {
            refresh.want();
        }
    }

    private void onSession(final SessionInfo current)
    {
        if (current == session)
        {
            return;
        }
        session = current;
        if (null != current && !topics.isEmpty())
        {
            // the lanes follow at once, for another count of shards is known already
            for (final Topic topic : topics.values())
            {
                resolve(topic, topic.topicId(), topic.partitionCount());
            }
            refresh.want();
        }
    }

    private int pollRefresh(final long nowNs)
    {
        final List<TopicSummary> found = refresh.poll(nowNs, topics.keySet());
        if (null == found)
        {
            return 0;
        }
        if (null == session)
        {
            refresh.want();
            return 0;
        }
        for (final Topic topic : topics.values())
        {
            final TopicSummary summary = AdminCodec.find(found, topic.name());
            if (null == summary)
            {
                topic.onMissing();
                refresh.wantLater(nowNs);
            }
            else
            {
                resolve(topic, summary.topicId(), summary.partitionCount());
            }
        }
        return 1;
    }

    private void resolve(final Topic topic, final long topicId, final int partitionCount)
    {
        final int known = Math.min(topic.partitions.length, partitionCount);
        final ProducePartition[] partitions = Arrays.copyOf(topic.partitions, partitionCount);
        for (int i = 0; i < partitionCount; i++)
        {
            final ProduceSession target = session(Streams.shardOf(topicId, i, session.shards()));
            if (i < known)
            {
                partitions[i].session().move(partitions[i], topicId, target);
            }
            else
            {
                partitions[i] = target.addPartition(topic.name(), topicId, i);
            }
        }
        topic.onResolved(topicId, partitions);
    }

    private ProduceSession session(final int shard)
    {
        if (null == sessions[shard])
        {
            sessions[shard] = new ProduceSession(
                () -> sessionWith(shard),
                sink,
                shard,
                ctx.acks(),
                0 == ctx.maxBatchesInFlight() ? client.maxBatchesInFlightDefault() : ctx.maxBatchesInFlight(),
                ctx.batchSize(),
                ctx.lingerNs(),
                ctx.requestTimeoutNs());
            final ProduceSession[] more = Arrays.copyOf(active, active.length + 1);
            more[active.length] = sessions[shard];
            active = more;
        }
        return sessions[shard];
    }

    /** A broker may come back with fewer shards: a lane to one of the others has nowhere to go. */
    private SessionInfo sessionWith(final int shard)
    {
        final SessionInfo current = session;
        return null == current || current.shards() <= shard ? null : current;
    }

    private void awaitLanes(final Topic topic, final Producer producer)
    {
        if (!client.await(ctx.requestTimeoutNs(), () -> producer.poll() >= 0 && areLanesDecided(topic)) ||
            !areLanesOpen(topic))
        {
            for (final ProducePartition partition : topic.partitions)
            {
                final ProduceSession session = partition.session();
                if (!session.isOpen())
                {
                    final ResultCode code = ResultCode.get(session.problemCode());
                    throw new EponaException(
                        null == code ? ResultCode.TIMED_OUT : code,
                        "no lane to the partitions of topic '" + topic.name() + "'" +
                        (null == session.problem() ? "" : ": " + session.problem()));
                }
            }
        }
    }

    private static boolean areLanesOpen(final Topic topic)
    {
        for (final ProducePartition partition : topic.partitions)
        {
            if (!partition.session().isOpen())
            {
                return false;
            }
        }
        return true;
    }

    private static boolean areLanesDecided(final Topic topic)
    {
        for (final ProducePartition partition : topic.partitions)
        {
            final ResultCode code = ResultCode.get(partition.session().problemCode());
            if (null != code && !code.retriable())
            {
                return true;
            }
        }
        return areLanesOpen(topic);
    }
}
