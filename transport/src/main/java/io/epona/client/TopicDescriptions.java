package io.epona.client;

import io.epona.transport.ControlRequest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What all brokers with replicas of a topic tell of it, in one description: a broker knows the ends of the replicas
 * that it leads and of its own. Used once; blocks.
 */
final class TopicDescriptions
{
    /** A broker that is registered and silent is not waited for any longer. */
    private static final long PATIENCE_NS = 2_000_000_000L;

    private final Map<Integer, ControlRequest> requests = new HashMap<>();
    private final Set<Integer> heard = new HashSet<>();
    private final Map<Integer, TopicDescription> answers = new HashMap<>();
    private final ClientRuntime client;
    private final String name;
    private final String what;

    TopicDescriptions(final ClientRuntime client, final String name)
    {
        this.client = client;
        this.name = name;
        this.what = "describe topic '" + name + "'";
    }

    /** @throws EponaException where no broker answers, or there is no such topic. */
    TopicDescription describe()
    {
        final TopicDescription first = new AdminCodec(client, what).describe(name);
        final Set<Integer> asked = new TreeSet<>();
        for (final TopicDescription.Partition partition : first.partitions())
        {
            partition.replicas().forEach((replica) -> asked.add(replica.brokerId()));
        }
        if (asked.size() < 2)
        {
            return first;
        }

        final List<ClusterMetadata.Broker> registered = new AdminCodec(client, what).metadata(name).brokers();
        asked.removeIf((id) -> registered.stream().noneMatch((broker) -> id == broker.brokerId()));
        final long deadlineNs = client.nowNs() + Math.min(PATIENCE_NS, client.requestTimeoutNs());
        client.await(deadlineNs - client.nowNs(), () -> asked.stream().allMatch((id) -> isDone(id, deadlineNs, first)));
        return new TopicDescription(name, first.topicId(), partitions(first), first.config());
    }

    private boolean isDone(final int brokerId, final long deadlineNs, final TopicDescription first)
    {
        if (!requests.containsKey(brokerId))
        {
            final ControlRequest started = new AdminCodec(client, what).startDescribe(brokerId, name, deadlineNs);
            if (null != started)
            {
                requests.put(brokerId, started);
            }
            return false;
        }
        final ControlRequest request = requests.get(brokerId);
        if (request.isDone() && 0 == request.code() && heard.add(brokerId))
        {
            hear(brokerId, request, first);
        }
        return request.isDone();
    }

    private void hear(final int brokerId, final ControlRequest request, final TopicDescription first)
    {
        try
        {
            final TopicDescription answer = new AdminCodec(client, what).finishDescribe(request, name);
            if (answer.topicId() == first.topicId() && answer.partitions().size() == first.partitions().size())
            {
                answers.put(brokerId, answer);
            }
        }
        catch (final EponaException ex)
        {
            // it has not heard of the topic yet, or not any more: what others know of its replicas stands
            client.onError(ex);
        }
    }

    private List<TopicDescription.Partition> partitions(final TopicDescription first)
    {
        final List<TopicDescription.Partition> partitions = new ArrayList<>();
        for (final TopicDescription.Partition known : first.partitions())
        {
            TopicDescription.Partition newest = known;
            for (final TopicDescription answer : answers.values())
            {
                final TopicDescription.Partition told = answer.partitions().get(known.partition());
                newest = told.leaderEpoch() > newest.leaderEpoch() ? told : newest;
            }
            final TopicDescription.Partition leaders = of(newest.leader(), known.partition(), newest);
            final List<TopicDescription.Replica> replicas = new ArrayList<>();
            for (final TopicDescription.Replica replica : leaders.replicas())
            {
                replicas.add(merge(replica, of(replica.brokerId(), known.partition(), leaders)));
            }
            partitions.add(new TopicDescription.Partition(
                known.partition(), newest.leader(), newest.leaderEpoch(), leaders.logStart(), leaders.highWatermark(),
                leaders.logEnd(), List.copyOf(replicas)));
        }
        return List.copyOf(partitions);
    }

    /** @return what one broker told of a partition, or else what is known. */
    private TopicDescription.Partition of(
        final int brokerId, final int partition, final TopicDescription.Partition known)
    {
        final TopicDescription answer = answers.get(brokerId);
        return null == answer ? known : answer.partitions().get(partition);
    }

    /** The figures of a replica are those of its own broker, whether it is in sync says the newest leader. */
    private static TopicDescription.Replica merge(
        final TopicDescription.Replica replica, final TopicDescription.Partition own)
    {
        for (final TopicDescription.Replica told : own.replicas())
        {
            if (told.brokerId() == replica.brokerId() && told.logEnd() >= 0)
            {
                return new TopicDescription.Replica(
                    replica.brokerId(), told.logEnd(), told.highWatermark(), replica.isInSync(), replica.isEligible());
            }
        }
        return replica;
    }
}
