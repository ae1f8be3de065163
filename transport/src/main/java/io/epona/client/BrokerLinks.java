package io.epona.client;

import io.epona.transport.ClientLink;
import io.epona.transport.SessionInfo;
import io.epona.transport.Streams;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The lanes of one kind of a producer or a consumer: one to each shard of each broker that holds a replica of what it
 * uses, opened ahead of need and opened again when lost. A broker counts as connected when each lane to it is open, or
 * was refused; when one of its lanes is lost, all are made anew. Owned by the thread of the producer or consumer.
 *
 * @param <L> kind of lane.
 */
final class BrokerLinks<L extends ClientLink>
{
    private static final long REOPEN_DELAY_NS = 50_000_000L;

    private final Map<String, ClusterMetadata.Topic> topics = new HashMap<>();
    private final List<Broker<L>> brokers = new ArrayList<>();
    private final ClientBrokers sessions;
    private final Opener<L> opener;
    private final Listener listener;
    private Broker<L> lastFound;
    private int problemCode;
    private String problem;
    /** Written by the owner alone, read by any thread. */
    private volatile long lost;
    private volatile long malformed;

    /** Makes lanes. */
    @FunctionalInterface
    interface Opener<L>
    {
        /** @return the lane on its way, or null where the session is over. */
        L open(SessionInfo session, int shard);
    }

    /** Told which brokers can be used. */
    interface Listener
    {
        void onConnected(int brokerId, int shards);

        void onLost(int brokerId);
    }

    private static final class Broker<L>
    {
        private final int brokerId;
        private final List<L> links = new ArrayList<>();
        private SessionInfo session;
        /** Shards: those with partitions of the topics, and those whose lane was open. */
        private long needed;
        private long opened;
        private boolean isConnected;
        private boolean isPausing;
        private long resumeNs;

        private Broker(final int brokerId)
        {
            this.brokerId = brokerId;
        }
    }

    BrokerLinks(final ClientBrokers sessions, final Opener<L> opener, final Listener listener)
    {
        this.sessions = sessions;
        this.opener = opener;
        this.listener = listener;
    }

    /** @return lanes that were open and are gone. Any thread. */
    long lost()
    {
        return lost;
    }

    /** @return messages that made no sense. Any thread. */
    long malformed()
    {
        return malformed;
    }

    /** @return the {@link io.epona.codecs.ResultCode} number of why a lane was not opened lately, or 0. */
    int problemCode()
    {
        return problemCode;
    }

    String problem()
    {
        return problem;
    }

    void forgetProblem()
    {
        problemCode = 0;
        problem = null;
    }

    /** Have lanes to all that hold replicas of a topic. */
    void onTopic(final ClusterMetadata.Topic topic)
    {
        topics.put(topic.name(), topic);
        for (int i = 0; i < topic.partitionCount(); i++)
        {
            broker(topic.leaders()[i]);
            for (final int replica : topic.replicas()[i])
            {
                broker(replica);
            }
        }
        for (final Broker<L> broker : brokers)
        {
            findNeeded(broker);
        }
    }

    /** @return the lane to a shard of a broker, open or not; null where there is none. */
    L find(final int brokerId, final int shard)
    {
        Broker<L> broker = lastFound;
        if (null == broker || brokerId != broker.brokerId)
        {
            broker = existing(brokerId);
            lastFound = broker;
        }
        return null == broker || shard >= broker.links.size() ? null : broker.links.get(shard);
    }

    /** @return whether the lane to a partition's leader is open. */
    boolean isOpen(final int brokerId, final long topicId, final int partition)
    {
        final SessionInfo session = sessions.session(brokerId);
        final L link = null == session ? null :
            find(brokerId, Streams.shardOf(topicId, partition, session.shards()));
        return null != link && link.isOpen();
    }

    int brokerCount()
    {
        return brokers.size();
    }

    /** @return number of shards of the broker at an index, 0 while there is no session. */
    int shardCount(final int index)
    {
        return brokers.get(index).links.size();
    }

    /** @return the lane to a shard of the broker at an index, open or not; null where there is none. */
    L link(final int index, final int shard)
    {
        return brokers.get(index).links.get(shard);
    }

    /** One step; never blocks. */
    int poll(final long nowNs)
    {
        int workCount = 0;
        for (int i = 0, size = brokers.size(); i < size; i++)
        {
            final Broker<L> broker = brokers.get(i);
            final SessionInfo current = sessions.session(broker.brokerId);
            if (current != broker.session)
            {
                onSession(broker, current);
                workCount++;
            }
            if (null != broker.session)
            {
                workCount += poll(broker, nowNs);
            }
        }
        return workCount;
    }

    /** Close all lanes; nobody is told. */
    void close()
    {
        for (final Broker<L> broker : brokers)
        {
            closeLinks(broker);
        }
        brokers.clear();
        lastFound = null;
    }

    private int poll(final Broker<L> broker, final long nowNs)
    {
        int workCount = 0;
        boolean isOpening = false;
        if (broker.isPausing && nowNs - broker.resumeNs >= 0)
        {
            broker.isPausing = false;
        }
        for (int shard = 0, shards = broker.links.size(); shard < shards; shard++)
        {
            final L link = broker.links.get(shard);
            if (null == link)
            {
                if (0 != (broker.needed & 1L << shard))
                {
                    isOpening |= open(broker, shard, nowNs);
                }
                continue;
            }
            final long malformedBefore = link.malformed();
            workCount += link.poll(nowNs);
            if (malformedBefore != link.malformed())
            {
                malformed += link.malformed() - malformedBefore;
            }
            if (link.isClosed())
            {
                onClosed(broker, shard, link, nowNs);
                workCount++;
            }
            else if (link.isOpen())
            {
                broker.opened |= 1L << shard;
            }
            else
            {
                isOpening = true;
            }
        }
        if (!broker.isConnected && 0 != broker.opened && !isOpening)
        {
            broker.isConnected = true;
            workCount++;
            listener.onConnected(broker.brokerId, broker.session.shards());
        }
        return workCount;
    }

    /** @return whether a lane is on its way now. */
    private boolean open(final Broker<L> broker, final int shard, final long nowNs)
    {
        if (broker.isPausing)
        {
            return false;
        }
        final L link = opener.open(broker.session, shard);
        if (null == link)
        {
            pause(broker, nowNs);
            return false;
        }
        broker.links.set(shard, link);
        return true;
    }

    private void onClosed(final Broker<L> broker, final int shard, final L link, final long nowNs)
    {
        if (0 != (broker.opened & 1L << shard))
        {
            lose(broker);
        }
        else
        {
            problemCode = link.problemCode();
            problem = link.problem();
            link.close();
            broker.links.set(shard, null);
        }
        pause(broker, nowNs);
    }

    private void pause(final Broker<L> broker, final long nowNs)
    {
        broker.isPausing = true;
        broker.resumeNs = nowNs + REOPEN_DELAY_NS;
    }

    private void onSession(final Broker<L> broker, final SessionInfo current)
    {
        if (null != broker.session)
        {
            lose(broker);
        }
        broker.session = current;
        broker.isPausing = false;
        broker.links.clear();
        for (int i = 0; null != current && i < current.shards(); i++)
        {
            broker.links.add(null);
        }
        findNeeded(broker);
    }

    private void lose(final Broker<L> broker)
    {
        if (0 != broker.opened)
        {
            lost += Long.bitCount(broker.opened);
        }
        closeLinks(broker);
        if (broker.isConnected)
        {
            broker.isConnected = false;
            listener.onLost(broker.brokerId);
        }
    }

    private void closeLinks(final Broker<L> broker)
    {
        broker.opened = 0;
        for (int i = 0; i < broker.links.size(); i++)
        {
            final L link = broker.links.set(i, null);
            if (null != link)
            {
                link.close();
            }
        }
    }

    private void findNeeded(final Broker<L> broker)
    {
        broker.needed = 0;
        if (null == broker.session)
        {
            return;
        }
        for (final ClusterMetadata.Topic topic : topics.values())
        {
            for (int i = 0; i < topic.partitionCount(); i++)
            {
                if (broker.brokerId == topic.leaders()[i] || contains(topic.replicas()[i], broker.brokerId))
                {
                    broker.needed |= 1L << Streams.shardOf(topic.topicId(), i, broker.session.shards());
                }
            }
        }
    }

    private static boolean contains(final int[] replicas, final int brokerId)
    {
        for (final int replica : replicas)
        {
            if (brokerId == replica)
            {
                return true;
            }
        }
        return false;
    }

    private void broker(final int brokerId)
    {
        if (brokerId >= 0 && null == existing(brokerId))
        {
            brokers.add(new Broker<>(brokerId));
        }
    }

    private Broker<L> existing(final int brokerId)
    {
        for (int i = 0, size = brokers.size(); i < size; i++)
        {
            if (brokerId == brokers.get(i).brokerId)
            {
                return brokers.get(i);
            }
        }
        return null;
    }
}
