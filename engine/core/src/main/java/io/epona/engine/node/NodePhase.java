package io.epona.engine.node;

/**
 * Where a broker stands in its life. It goes down this list, and to FAILED from everywhere but STOPPED.
 */
public enum NodePhase
{
    /** It waits for the coordination, to know the cluster and the settings of the topics. */
    CONNECTING,
    /** Its clean marker is taken away and its logs are recovered. */
    RECOVERING,
    /** It registers a new life of itself. */
    REGISTERING,
    /** It takes part. */
    RUNNING,
    /** Others are told; it leads until the controller has found other leaders, or the time is over. */
    STOPPING,
    /** Everything is on disk, the clean marker is written, the session is over. */
    STOPPED,
    /** It must not go on: the process ends, without a clean marker. */
    FAILED
}
