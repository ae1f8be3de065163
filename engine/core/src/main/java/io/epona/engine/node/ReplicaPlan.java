package io.epona.engine.node;

import io.epona.engine.EngineException;
import io.epona.engine.TopicSettings;
import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import io.epona.engine.cluster.PartitionOp;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.Paths;
import io.epona.engine.cluster.TopicRecord;
import io.epona.engine.log.LogConfig;
import io.epona.engine.node.ClusterView.VersionedState;
import io.epona.engine.replica.Mark;
import io.epona.engine.replica.Marks;
import io.epona.engine.replica.Proposals;
import io.epona.engine.replica.ProtocolMutation;
import org.agrona.ErrorHandler;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Decides which replicas this broker holds, by what it knows of the cluster, level-triggered.
 * <p>
 * Nothing is destroyed on what was merely read, since reads may be late: a grace time passes first, in which a newer
 * state can take the decision back, then a check on the write path of the coordination confirms the version on which
 * the decision rests. A replica is deleted where a state leaves this broker out, or where its state was seen to
 * disappear within one session. One of which the coordination knows nothing is set aside instead: it may be the
 * coordination that has lost something.
 * <p>
 * Owned by the thread that owns the coordination, and called back on it.
 */
final class ReplicaPlan
{
    private static final class Departure
    {
        private final PartitionId id;
        private final int version;
        private final boolean isDeletion;
        private long dueNs;
        private boolean isAsked;

        private Departure(final PartitionId id, final int version, final boolean isDeletion, final long dueNs)
        {
            this.id = id;
            this.version = version;
            this.isDeletion = isDeletion;
            this.dueNs = dueNs;
        }
    }

    private final Coordination coordination;
    private final ClusterView view;
    private final Proposals proposals;
    private final LocalReplicas locals;
    private final TopicSettings topicDefaults;
    private final ErrorHandler errorHandler;
    private final Marks marks;
    private final ProtocolMutation mutation;
    private final int brokerId;
    private final long graceNs;
    private final TreeMap<PartitionId, Departure> departures = new TreeMap<>();
    private final TreeSet<PartitionId> nameless = new TreeSet<>();
    private long nowNs;

    /**
     * @param ctx       of the broker.
     * @param view      that knows the cluster.
     * @param proposals to give up what cannot be led.
     * @param locals    that are told what to do.
     */
    ReplicaPlan(
        final NodeContext ctx, final ClusterView view, final Proposals proposals, final LocalReplicas locals)
    {
        this.proposals = proposals;
        this.coordination = ctx.coordination();
        this.view = view;
        this.locals = locals;
        this.topicDefaults = ctx.topicDefaults();
        this.errorHandler = ctx.errorHandler();
        this.marks = ctx.marks();
        this.mutation = ctx.mutation();
        this.brokerId = ctx.brokerId();
        this.graceNs = ctx.deleteGraceNs();
    }

    /**
     * A newer state is known.
     *
     * @param id    of the partition.
     * @param known the state.
     */
    void onState(final PartitionId id, final VersionedState known)
    {
        if (known.state().replicas().contains(brokerId))
        {
            departures.remove(id);
            hold(id, known);
        }
        else
        {
            nameless.remove(id);
            if (locals.holds(id))
            {
                departures.put(id, new Departure(id, known.version(), true, nowNs + graceNs));
            }
            else
            {
                locals.delete(id);
            }
        }
    }

    /**
     * A state is gone.
     *
     * @param id of the partition.
     */
    void onStateGone(final PartitionId id)
    {
        nameless.remove(id);
        if (locals.holds(id))
        {
            final Departure former = departures.get(id);
            final boolean isDeletion = null != former && former.isDeletion || !view.isReading();
            departures.put(id, new Departure(id, Coordination.ANY_VERSION, isDeletion, nowNs + graceNs));
        }
        else
        {
            locals.delete(id);
        }
    }

    /**
     * A topic has a name now, and so its partitions.
     *
     * @param topicId of the topic.
     */
    void onTopic(final long topicId)
    {
        for (final PartitionId id : List.copyOf(nameless))
        {
            if (id.topicId() == topicId)
            {
                nameless.remove(id);
                reconsider(id);
            }
        }
    }

    /** Everything was read: what is here and not there is known now. */
    void onEverythingRead()
    {
        for (final PartitionId id : locals.ids())
        {
            if (null == view.state(id.topicId(), id.partition()) && !departures.containsKey(id))
            {
                departures.put(id, new Departure(id, Coordination.ANY_VERSION, false, nowNs + graceNs));
            }
        }
    }

    /**
     * A directory is gone: the replica may be wanted again by now.
     *
     * @param id of the partition.
     */
    void onLogRemoved(final PartitionId id)
    {
        departures.remove(id);
        reconsider(id);
    }

    private void reconsider(final PartitionId id)
    {
        final VersionedState known = view.state(id.topicId(), id.partition());
        if (null != known)
        {
            onState(id, known);
        }
    }

    private void hold(final PartitionId id, final VersionedState known)
    {
        final PartitionState state = known.state();
        if (locals.isDamaged(id))
        {
            if (brokerId == state.leader())
            {
                // An operator elected it: it has nothing to lead with, and must not keep the place of who has.
                proposals.propose(id.topicId(), id.partition(), known.version(), new PartitionOp.Resign(false));
                return;
            }
            // Nothing is lost by starting over where another leads: this replica is eligible no more.
            if (PartitionState.NONE != state.leader())
            {
                locals.setAside(id);
            }
            return;
        }
        if (locals.holds(id))
        {
            return;
        }

        final String topic = view.topicName(id.topicId());
        if (null == topic)
        {
            nameless.add(id);
        }
        else
        {
            locals.hold(id, topic, config(topic, view.topic(topic)));
        }
    }

    /**
     * @param name  of a topic.
     * @param topic its value.
     * @return settings of its logs.
     */
    private LogConfig config(final String name, final TopicRecord topic)
    {
        return logConfig(name, topic.config(), topicDefaults, errorHandler);
    }

    static LogConfig logConfig(
        final String topic,
        final Map<String, String> config,
        final TopicSettings defaults,
        final ErrorHandler errorHandler)
    {
        try
        {
            return TopicConfig.of(config, defaults).logConfig();
        }
        catch (final EngineException ex)
        {
            errorHandler.onError(new EngineException(
                ex.code(), "topic " + topic + " is kept under the broker's settings: " + ex.getMessage(), ex));
            return defaults.logConfig();
        }
    }

    /**
     * Ask for confirmations that are due.
     *
     * @param now          epoch ns.
     * @param isRegistered whether this life is registered on the session that holds, and that is not suspended.
     * @return amount of work done.
     */
    int doWork(final long now, final boolean isRegistered)
    {
        nowNs = now;
        if (departures.isEmpty() || !isRegistered)
        {
            return 0;
        }

        int workCount = 0;
        for (final Departure departure : departures.values())
        {
            if (!departure.isAsked && nowNs >= departure.dueNs)
            {
                departure.isAsked = true;
                workCount++;
                coordination.multi(
                    List.of(Operation.check(
                        Paths.state(departure.id.topicId(), departure.id.partition()), departure.version)),
                    (status, failedIndex, versions) -> onChecked(departure, status));
            }
        }

        return workCount;
    }

    private void onChecked(final Departure departure, final Status status)
    {
        departure.isAsked = false;
        if (departures.get(departure.id) != departure)
        {
            // Taken back meanwhile.
            return;
        }

        final boolean isOfVersion = Coordination.ANY_VERSION != departure.version;
        switch (status)
        {
            case OK ->
            {
                if (isOfVersion)
                {
                    confirm(departure);
                }
                else
                {
                    refuse(departure);
                }
            }
            case NO_NODE -> confirm(departure);
            case BAD_VERSION ->
            {
                if (Mark.BARRIER_CONFIRMED == mutation.deleted())
                {
                    confirm(departure);
                }
                else
                {
                    refuse(departure);
                }
            }
            default -> departure.dueNs = nowNs + StateProposals.PACE_NS;
        }
    }

    private void confirm(final Departure departure)
    {
        marks.hit(Mark.BARRIER_CONFIRMED);
        departures.remove(departure.id);
        if (departure.isDeletion)
        {
            locals.delete(departure.id);
        }
        else
        {
            marks.hit(Mark.STRAY);
            locals.setAside(departure.id);
        }
    }

    private void refuse(final Departure departure)
    {
        marks.hit(Mark.BARRIER_REFUSED);
        departures.remove(departure.id);
        view.refresh(departure.id.topicId(), departure.id.partition());
    }
}
