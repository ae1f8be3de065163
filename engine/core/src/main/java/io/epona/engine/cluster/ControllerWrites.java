package io.epona.engine.cluster;

import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.replica.Mark;
import io.epona.engine.replica.Marks;
import io.epona.engine.replica.ProtocolMutation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The changes of a controller, each behind a check of the controller's epoch, so that none of a former controller can
 * be made. A change whose outcome is unknown is issued again with the same content until it is decided, or until the
 * controller is none any more: then nobody is told, for the next claim settles it.
 * <p>
 * Owned by the thread that owns the coordination.
 */
final class ControllerWrites
{
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(50);

    /** Receives the outcome of a change. */
    @FunctionalInterface
    interface Handler
    {
        /**
         * @param status      OK, or the refusal of an operation; never an unknown outcome.
         * @param failedIndex place in the list of the operation that refused, or -1.
         * @param wasUnknown  whether an earlier attempt may have been made, which a refusal may come from.
         */
        void onWrite(Status status, int failedIndex, boolean wasUnknown);
    }

    private static final class Write
    {
        private final List<Operation> operations;
        private final Handler handler;
        private boolean wasUnknown;

        private Write(final List<Operation> operations, final Handler handler)
        {
            this.operations = operations;
            this.handler = handler;
        }
    }

    private final Coordination coordination;
    private final Marks marks;
    private final ProtocolMutation mutation;
    private final Runnable onFenced;
    private final ArrayDeque<Write> toRepeat = new ArrayDeque<>();
    private int controllerEpoch = -1;
    private int life;
    private int underWayCount;
    private long retryNs;
    private long nowNs;

    /**
     * @param coordination to change.
     * @param marks        told which guards decided.
     * @param mutation     of the simulator.
     * @param onFenced     told that there is a newer controller.
     */
    ControllerWrites(
        final Coordination coordination, final Marks marks, final ProtocolMutation mutation, final Runnable onFenced)
    {
        this.coordination = coordination;
        this.marks = marks;
        this.mutation = mutation;
        this.onFenced = onFenced;
    }

    void begin(final int epoch)
    {
        end();
        controllerEpoch = epoch;
    }

    void end()
    {
        life++;
        controllerEpoch = -1;
        underWayCount = 0;
        toRepeat.clear();
    }

    int underWayCount()
    {
        return underWayCount;
    }

    void issue(final List<Operation> operations, final Handler handler)
    {
        if (controllerEpoch < 0)
        {
            throw new IllegalStateException("only a controller changes anything");
        }

        final List<Operation> guarded = new ArrayList<>(operations.size() + 1);
        guarded.add(ProtocolMutation.M12 == mutation ?
            Operation.check(Paths.CONTROLLER_EPOCH, Coordination.ANY_VERSION) :
            Operation.check(Paths.CONTROLLER_EPOCH, controllerEpoch));
        guarded.addAll(operations);
        underWayCount++;
        send(new Write(guarded, handler));
    }

    int doWork(final long now)
    {
        nowNs = now;
        if (toRepeat.isEmpty() || now - retryNs < 0)
        {
            return 0;
        }

        final List<Write> writes = List.copyOf(toRepeat);
        toRepeat.clear();
        writes.forEach(this::send);

        return writes.size();
    }

    private void send(final Write write)
    {
        final int sent = life;
        coordination.multi(
            write.operations,
            (status, failedIndex, versions) ->
            {
                if (sent == life)
                {
                    onAnswer(write, status, failedIndex);
                }
            });
    }

    private void onAnswer(final Write write, final Status status, final int failedIndex)
    {
        switch (status)
        {
            case OUTCOME_UNKNOWN, FAILED, SESSION_EXPIRED ->
            {
                // Where the session is over, the owner ends this as soon as it hears of it.
                if (Status.OUTCOME_UNKNOWN == status)
                {
                    marks.hit(Mark.CONTROLLER_UNKNOWN);
                    write.wasUnknown = true;
                }
                retryNs = nowNs + RETRY_NS;
                toRepeat.add(write);
            }
            default ->
            {
                if (Status.OK != status && 0 == failedIndex)
                {
                    marks.hit(Mark.CONTROLLER_FENCED);
                    onFenced.run();
                    return;
                }
                underWayCount--;
                write.handler.onWrite(status, failedIndex - 1, write.wasUnknown);
            }
        }
    }
}
