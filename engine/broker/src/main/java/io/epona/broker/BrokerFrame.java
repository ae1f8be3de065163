package io.epona.broker;

import java.util.concurrent.ThreadFactory;

/**
 * What all parts of a broker share.
 *
 * @param settings      concluded.
 * @param cores         of this machine.
 * @param isInvoked     whether the caller runs the broker.
 * @param counters      of the broker.
 * @param errors        that the broker met.
 * @param failures      that end it.
 * @param threadFactory of its threads.
 */
record BrokerFrame(
    BrokerSettings settings,
    Cores cores,
    boolean isInvoked,
    BrokerCounters counters,
    ErrorRecorder errors,
    FailureWatch failures,
    ThreadFactory threadFactory)
{
}
