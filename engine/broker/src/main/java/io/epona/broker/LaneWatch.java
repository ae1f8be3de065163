package io.epona.broker;

import io.epona.transport.Lane;

/**
 * Told when a peer broke the protocol. Counts, logs, and closes the lane at once; the session of another peer is not
 * touched.
 * <p>
 * Stateless but for counters: any agent.
 */
final class LaneWatch
{
    private static final Throwable NO_ROOM = new IllegalStateException(
        "a lane was refused: shared memory is used up; give the broker more, or close clients");

    private final BrokerCounters counters;
    private final ErrorRecorder errors;

    LaneWatch(final BrokerCounters counters, final ErrorRecorder errors)
    {
        this.counters = counters;
        this.errors = errors;
    }

    void onViolation(final Lane lane, final String where, final Violation violation)
    {
        counters.onViolation(violation);
        errors.onError(new ProtocolViolationException(violation, where));
        lane.reject(violation.text());
    }

    /**
     * A lane closed itself because of frames that are no message at all.
     *
     * @param lane  with a fault.
     * @param where for the log.
     */
    void onFault(final Lane lane, final String where)
    {
        final boolean isOversized = lane.fault().startsWith("message longer");
        final Violation violation = isOversized ? Violation.OVERSIZED : Violation.LENGTH;
        counters.onViolation(violation);
        errors.onError(new ProtocolViolationException(violation, where));
    }

    /**
     * A lane was refused because its term buffers would not fit into shared memory.
     */
    void onNoRoom()
    {
        errors.onError(NO_ROOM);
    }

    /**
     * Something of ours failed while a lane was served: the lane goes, the others stay.
     *
     * @param lane      that was served.
     * @param throwable that came out.
     */
    void onFailure(final Lane lane, final Throwable throwable)
    {
        errors.onError(throwable);
        lane.reject("internal error");
    }
}
