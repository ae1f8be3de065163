package io.epona.engine.cluster;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.ControllerState.Partition;
import io.epona.engine.cluster.ControllerState.Request;
import io.epona.engine.cluster.ControllerState.Topic;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.replica.Mark;
import io.epona.engine.replica.Marks;
import org.agrona.ErrorHandler;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/**
 * What operators ask of a controller: by nodes below {@link Paths#ADMIN}, which are deleted when the request is done or
 * cannot be done, and by changes of minIsr that wait until they hold in every partition.
 * <p>
 * Owned by the controller.
 */
final class ControllerRequests
{
    private final ControllerState state;
    private final ControllerWrites writes;
    private final ControllerTopics topics;
    private final TreeMirror mirror;
    private final PartitionReconciler reconciler;
    private final Marks marks;
    private final ErrorHandler errorHandler;
    private final List<MinIsrChange> minIsrChanges = new ArrayList<>();
    private int controllerEpoch;

    private record MinIsrChange(long topicId, int minIsr, TopicHandler handler)
    {
    }

    ControllerRequests(
        final ControllerState state,
        final ControllerWrites writes,
        final ControllerTopics topics,
        final TreeMirror mirror,
        final PartitionReconciler reconciler,
        final Marks marks,
        final ErrorHandler errorHandler)
    {
        this.state = state;
        this.writes = writes;
        this.topics = topics;
        this.mirror = mirror;
        this.reconciler = reconciler;
        this.marks = marks;
        this.errorHandler = errorHandler;
    }

    void begin(final int epoch)
    {
        controllerEpoch = epoch;
    }

    /** The claim is lost: what is asked for by nodes is the next controller's. */
    void end()
    {
        final List<MinIsrChange> open = List.copyOf(minIsrChanges);
        minIsrChanges.clear();
        open.forEach((change) -> change.handler.onTopic(
            ResultCode.TIMED_OUT, -1, "the controller changed: it may be done in part"));
    }

    int doWork()
    {
        return deleteAsRequested() + finishMinIsrChanges();
    }

    void changeMinIsr(final String name, final int minIsr, final TopicHandler handler)
    {
        final Topic topic = state.topic(name);
        if (null == topic)
        {
            handler.onTopic(ResultCode.UNKNOWN_TOPIC, -1, "there is no topic '" + name + "'");
        }
        else if (minIsr < 1)
        {
            handler.onTopic(ResultCode.INVALID_CONFIG, -1, "at least 1 replica has to be in sync");
        }
        else
        {
            final long topicId = topic.record().topicId();
            supersede(topicId);
            minIsrChanges.add(new MinIsrChange(topicId, minIsr, handler));
            partitions(topicId).forEach((partition) -> state.wantMinIsr(partition, minIsr));
        }
    }

    /**
     * Do what is asked of a partition that is as it should be; delete what is done or cannot be done.
     *
     * @param partition to look at.
     * @return its next state; the present one where nothing is asked.
     */
    PartitionState asRequested(final Partition partition)
    {
        final PartitionState current = partition.state();
        PartitionState next = minIsrAsWanted(partition);
        if (next == current)
        {
            next = reconciler.completeReassignment(current, controllerEpoch);
        }
        final Request reassign = request(Paths.ADMIN_REASSIGN, partition);
        if (next == current && null != reassign)
        {
            next = reassign(partition, reassign);
        }
        final Request unclean = request(Paths.ADMIN_UNCLEAN, partition);
        if (next == current && null != unclean)
        {
            final int brokerId = unclean.content().brokerId();
            next = reconciler.electUnclean(current, controllerEpoch, brokerId);
            if (PartitionState.NONE != current.leader() || !current.replicas().contains(brokerId))
            {
                delete(unclean);
            }
        }
        final Request preferred = request(Paths.ADMIN_PREFERRED, partition);
        if (next == current && null != preferred)
        {
            next = reconciler.prefer(current, controllerEpoch);
            if (next == current)
            {
                delete(preferred);
            }
        }

        return next;
    }

    private PartitionState reassign(final Partition partition, final Request request)
    {
        final PartitionState current = partition.state();
        final List<Integer> target = request.content().target();
        PartitionState next = current;
        if (isTargetPossible(current, target))
        {
            next = reconciler.beginReassignment(current, controllerEpoch, target);
        }
        else
        {
            errorHandler.onError(new IllegalArgumentException(
                "partition " + partition.partition() + " of topic " + partition.topicId() +
                " cannot move to brokers " + target + ": they have to be different, and to run"));
        }
        if (next == current && current.adding().isEmpty() && current.removing().isEmpty())
        {
            delete(request);
        }

        return next;
    }

    private boolean isTargetPossible(final PartitionState current, final List<Integer> target)
    {
        if (target.isEmpty() || target.stream().distinct().count() != target.size())
        {
            return false;
        }
        for (final int id : target)
        {
            if (!current.replicas().contains(id) && !state.runningBrokers().contains(id))
            {
                return false;
            }
        }

        return true;
    }

    private PartitionState minIsrAsWanted(final Partition partition)
    {
        final PartitionState current = partition.state();
        final int wanted = Math.min(partition.wantedMinIsr(), current.replicas().size());
        if (wanted < 1 || wanted == current.minIsr())
        {
            return current;
        }

        marks.hit(Mark.MIN_ISR_CHANGED);
        return PartitionTransition.transition(current, new PartitionOp.ChangeMinIsr(controllerEpoch, wanted));
    }

    private int finishMinIsrChanges()
    {
        int workCount = 0;
        for (int i = minIsrChanges.size() - 1; i >= 0; i--)
        {
            final MinIsrChange change = minIsrChanges.get(i);
            boolean isDone = true;
            for (final Partition partition : partitions(change.topicId))
            {
                final PartitionState current = partition.state();
                isDone &= current.replicas().isEmpty() ||
                    current.minIsr() == Math.min(change.minIsr, current.replicas().size());
            }
            if (isDone)
            {
                workCount++;
                minIsrChanges.remove(i);
                partitions(change.topicId).forEach((partition) -> state.wantMinIsr(partition, 0));
                change.handler.onTopic(null, change.topicId, null);
            }
        }

        return workCount;
    }

    private int deleteAsRequested()
    {
        int workCount = 0;
        for (final Request request : List.copyOf(state.requests().values()))
        {
            if (Paths.ADMIN_DELETE.equals(Paths.parent(request.path())))
            {
                workCount++;
                final String name = Paths.name(request.path());
                final Topic topic = state.topic(name);
                state.requests().remove(request.path());
                if (null != topic && topic.record().topicId() == request.content().topicId())
                {
                    // Read again when it was tried: what could not be done is tried again, what was done is deleted.
                    topics.delete(name, (refusal, topicId, message) -> mirror.refresh(request.path()));
                }
                else
                {
                    delete(request);
                }
            }
            else if (null == state.partition(request))
            {
                workCount++;
                delete(request);
            }
        }

        return workCount;
    }

    private Collection<Partition> partitions(final long topicId)
    {
        return state.partitions().getOrDefault(topicId, new TreeMap<>()).values();
    }

    private Request request(final String parent, final Partition partition)
    {
        return state.requests().get(Paths.request(parent, partition.topicId(), partition.partition()));
    }

    private void delete(final Request request)
    {
        state.requests().remove(request.path());
        writes.issue(
            List.of(Operation.delete(request.path(), request.version())),
            (status, failedIndex, wasUnknown) ->
            {
                if (Status.OK != status)
                {
                    mirror.refresh(request.path());
                }
            });
    }

    /** Of a topic at most one is open. */
    private void supersede(final long topicId)
    {
        for (final MinIsrChange change : List.copyOf(minIsrChanges))
        {
            if (change.topicId == topicId)
            {
                minIsrChanges.remove(change);
                change.handler.onTopic(ResultCode.TIMED_OUT, -1, "another change of the same setting followed");
            }
        }
    }
}
