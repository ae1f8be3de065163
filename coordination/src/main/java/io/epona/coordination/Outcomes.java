package io.epona.coordination;

import io.epona.engine.cluster.Coordination.Status;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.OpResult;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What ZooKeeper's result codes mean. Where the code leaves a doubt whether a change was made, the outcome is unknown.
 * <p>
 * Stateless: any thread.
 */
final class Outcomes
{
    private static final Map<Integer, Code> BY_NUMBER =
        Arrays.stream(Code.values()).collect(Collectors.toUnmodifiableMap(Code::intValue, (code) -> code));

    private Outcomes()
    {
    }

    /**
     * Outcome of a read.
     *
     * @param rc of the answer.
     * @return the status; never OUTCOME_UNKNOWN, since a read changes nothing.
     */
    static Status ofRead(final int rc)
    {
        return switch (code(rc))
        {
            case OK -> Status.OK;
            case NONODE -> Status.NO_NODE;
            case SESSIONEXPIRED -> Status.SESSION_EXPIRED;
            default -> Status.FAILED;
        };
    }

    /**
     * Outcome of a change that no operation of it refused.
     *
     * @param rc of the whole.
     * @return the status.
     */
    static Status ofChange(final int rc)
    {
        return switch (code(rc))
        {
            case OK -> Status.OK;
            // Refused by the server before it came to the operations.
            case BADARGUMENTS, INVALIDACL, NOAUTH, NOTREADONLY, QUOTAEXCEEDED, THROTTLEDOP, UNIMPLEMENTED,
                SESSIONCLOSEDREQUIRESASLAUTH -> Status.FAILED;
            // CONNECTIONLOSS and the like. SESSIONEXPIRED too: the client gives this code to everything under way when
            // a session ends, also to what was sent and may have been applied before.
            default -> Status.OUTCOME_UNKNOWN;
        };
    }

    /**
     * Outcome of a change that one of its operations refused.
     *
     * @param rc of the operation.
     * @return the status: nothing was changed.
     */
    static Status ofRefusal(final int rc)
    {
        return switch (code(rc))
        {
            case NONODE, NOCHILDRENFOREPHEMERALS -> Status.NO_NODE;
            case NODEEXISTS -> Status.NODE_EXISTS;
            case BADVERSION -> Status.BAD_VERSION;
            case NOTEMPTY -> Status.NOT_EMPTY;
            case SESSIONEXPIRED -> Status.SESSION_EXPIRED;
            default -> Status.FAILED;
        };
    }

    /**
     * Find the operation that refused.
     *
     * @param results of a multi, in the order of its operations; null where the server gave none.
     * @return index of the first operation that refused, or -1.
     */
    static int failedIndex(final List<OpResult> results)
    {
        for (int i = 0; null != results && i < results.size(); i++)
        {
            // The operations before the refusing one are marked OK, those after it RUNTIMEINCONSISTENCY.
            if (results.get(i) instanceof OpResult.ErrorResult error && Code.OK.intValue() != error.getErr())
            {
                return i;
            }
        }

        return -1;
    }

    /**
     * @param rc any number.
     * @return its code; SYSTEMERROR for a number that this version does not know.
     */
    static Code code(final int rc)
    {
        // Not Code.get, which throws for a number that it does not know: the call would never be answered.
        return BY_NUMBER.getOrDefault(rc, Code.SYSTEMERROR);
    }
}
