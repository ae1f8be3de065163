package io.epona.engine.cluster;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineException;
import io.epona.engine.cluster.Coordination.Status;

import java.util.List;

/**
 * Finds the identity of the cluster that a coordination belongs to, or founds the cluster, and makes the nodes that
 * everything hangs on. A directory that belongs to another cluster, or to one that the coordination does not know, is
 * refused before anything is made. Every session looks at the identity anew: between two of them the coordination may
 * have lost its data, and another cluster may have been founded there.
 * <p>
 * Owned by the membership.
 */
final class ClusterFounding
{
    private static final byte[] EMPTY = new byte[0];
    private static final List<String> LAYOUT = List.of(
        Paths.IDS, Paths.TOPICS, Paths.STATE, Paths.BROKERS, Paths.BROKER_EPOCHS, Paths.BROKER_IDS, Paths.ADMIN,
        Paths.ADMIN_DELETE, Paths.ADMIN_PREFERRED, Paths.ADMIN_REASSIGN, Paths.ADMIN_UNCLEAN,
        Paths.TOPIC_ID_COUNTER, Paths.CONTROLLER_EPOCH);

    /** Hears what is found. */
    interface Listener
    {
        void onClusterId(Uuid clusterId);

        void onRefused(EngineException reason);
    }

    private final Coordination coordination;
    private final Uuid newClusterId;
    private final Listener listener;
    private final Asking asking = new Asking();
    private Uuid clusterId;
    private boolean isIdentified;
    private boolean isTold;
    private boolean isLaidOutAsked;
    private int layoutIndex;

    /**
     * @param coordination to look at.
     * @param clusterId    that the directory belongs to, or null.
     * @param newClusterId of the cluster that is founded where there is none.
     * @param listener     to tell.
     */
    ClusterFounding(
        final Coordination coordination, final Uuid clusterId, final Uuid newClusterId, final Listener listener)
    {
        this.coordination = coordination;
        this.clusterId = clusterId;
        this.newClusterId = newClusterId;
        this.listener = listener;
    }

    /** The session is over: answers of it do not count any more. */
    void restart()
    {
        asking.restart();
        isIdentified = false;
    }

    boolean isDone()
    {
        return isIdentified && LAYOUT.size() == layoutIndex;
    }

    Uuid clusterId()
    {
        return clusterId;
    }

    int doWork(final long now)
    {
        if (!asking.mayAsk(now) || isDone())
        {
            return 0;
        }

        if (!isIdentified)
        {
            identify();
        }
        else if (isLaidOutAsked)
        {
            layOut();
        }
        else
        {
            lookForLayout();
        }

        return 1;
    }

    private void identify()
    {
        final int asked = asking.begin();
        coordination.read(
            Paths.CLUSTER_ID,
            (status, value, version, owner) ->
            {
                if (!asking.isAnswered(asked, status))
                {
                    return;
                }
                if (Status.OK == status)
                {
                    onClusterId(value);
                }
                else if (null == clusterId)
                {
                    found();
                }
                else
                {
                    confirmNone();
                }
            });
    }

    /** What is read may be older than the founding. A check goes the way of the changes, and sees what is. */
    private void confirmNone()
    {
        final int asked = asking.begin();
        coordination.multi(
            List.of(Operation.check(Paths.CLUSTER_ID, Coordination.ANY_VERSION)),
            (outcome, failedIndex, versions) ->
            {
                if (asking.isAnswered(asked, outcome) && Status.NO_NODE == outcome)
                {
                    refuse(
                        "the data directory belongs to cluster " + clusterId + ", but the coordination knows no " +
                        "cluster: check that it is the right one; if its data was lost, put back a copy");
                }
            });
    }

    private void found()
    {
        final int asked = asking.begin();
        coordination.create(
            Paths.CLUSTER_ID,
            NodeValues.encodeClusterId(newClusterId),
            (outcome, failedIndex, versions) -> asking.isAnswered(asked, outcome));
    }

    private void onClusterId(final byte[] value)
    {
        final Uuid found;
        try
        {
            found = NodeValues.decodeClusterId(Paths.CLUSTER_ID, value);
        }
        catch (final NodeValues.DamagedValueException ex)
        {
            listener.onRefused(new EngineException(
                ResultCode.DATA_LOSS, ex.getMessage() + ". Put back a copy of the coordination's data.", ex));
            return;
        }

        if (null != clusterId && !clusterId.equals(found))
        {
            refuse(
                "the data directory belongs to cluster " + clusterId + ", the coordination is that of cluster " +
                found + ": name the right coordination, or start on an empty directory");
            return;
        }

        clusterId = found;
        isIdentified = true;
        if (!isTold)
        {
            isTold = true;
            listener.onClusterId(found);
        }
    }

    /** The last node of the layout is there where all are, as they are made in order and never deleted. */
    private void lookForLayout()
    {
        final int asked = asking.begin();
        coordination.read(
            LAYOUT.get(LAYOUT.size() - 1),
            (status, value, version, owner) ->
            {
                if (asking.isAnswered(asked, status))
                {
                    isLaidOutAsked = true;
                    layoutIndex = Status.OK == status ? LAYOUT.size() : 0;
                }
            });
    }

    private void layOut()
    {
        final int asked = asking.begin();
        final String path = LAYOUT.get(layoutIndex);
        final byte[] value = switch (path)
        {
            case Paths.TOPIC_ID_COUNTER -> NodeValues.encodeCounter(1);
            case Paths.CONTROLLER_EPOCH -> NodeValues.encodeControllerEpoch(0);
            default -> EMPTY;
        };
        coordination.create(
            path,
            value,
            (status, failedIndex, versions) ->
            {
                if (asking.isAnswered(asked, status) && Status.NO_NODE != status)
                {
                    layoutIndex++;
                }
            });
    }

    private void refuse(final String message)
    {
        listener.onRefused(new EngineException(ResultCode.INVALID_CONFIG, message));
    }
}
