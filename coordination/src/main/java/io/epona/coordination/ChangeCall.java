package io.epona.coordination;

import io.epona.engine.cluster.Coordination.ChangeHandler;
import io.epona.engine.cluster.Coordination.Status;
import io.epona.engine.cluster.Operation;
import org.apache.zookeeper.AsyncCallback.MultiCallback;
import org.apache.zookeeper.OpResult;

import java.util.List;

/**
 * A change: one multi, whatever the number of its operations.
 */
final class ChangeCall extends Call implements MultiCallback
{
    private static final int[] NO_VERSIONS = new int[0];

    private final List<Operation> operations;
    private final ChangeHandler handler;
    private Status status;
    private int failedIndex = -1;
    private int[] versions = NO_VERSIONS;

    ChangeCall(final ZkSession session, final List<Operation> operations, final ChangeHandler handler)
    {
        super(session);
        this.operations = operations;
        this.handler = handler;
    }

    static ChangeCall refused(final Status status, final ChangeHandler handler)
    {
        final ChangeCall call = new ChangeCall(null, List.of(), handler);
        call.status = status;
        call.answered();

        return call;
    }

    @Override
    public void processResult(
        final int rc, final String path, final Object context, final List<OpResult> results)
    {
        failedIndex = Outcomes.failedIndex(results);
        if (failedIndex >= 0)
        {
            final int error = ((OpResult.ErrorResult)results.get(failedIndex)).getErr();
            note(error, operations.get(failedIndex).path());
            status = Outcomes.ofRefusal(error);
        }
        else
        {
            status = Outcomes.ofChange(rc);
            versions = Status.OK == status ? versions(results) : NO_VERSIONS;
        }
        answered();
    }

    @Override
    void deliver()
    {
        handler.onChange(status, failedIndex, versions);
    }

    @Override
    void deliverLost()
    {
        handler.onChange(Status.OUTCOME_UNKNOWN, -1, NO_VERSIONS);
    }

    private int[] versions(final List<OpResult> results)
    {
        final int[] after = new int[operations.size()];
        for (int i = 0; i < after.length; i++)
        {
            after[i] = switch (operations.get(i).kind())
            {
                case CREATE, CREATE_EPHEMERAL -> 0;
                case DELETE -> -1;
                case CHECK -> operations.get(i).expectedVersion();
                case SET -> ((OpResult.SetDataResult)results.get(i)).getStat().getVersion();
            };
        }

        return after;
    }
}
