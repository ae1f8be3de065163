package io.epona.simulator.workload;

/**
 * What operators ask for by mistake. Immutable: any thread.
 */
enum WrongRequest
{
    /** Topics with too many replicas or none, too many partitions or none. */
    SHAPE,
    /** Topics with names that are none. */
    NAME,
    /** Topics with settings that make no sense. */
    SETTING,
    /** A topic that exists. */
    EXISTING,
    /** Two topics of one name at the same time. */
    TWICE,
    /** The deletion of a topic that does not exist, and settings for it. */
    UNKNOWN_TOPIC,
    /** No replica in sync. */
    MIN_ISR,
    /** A broker that is not the controller. */
    OTHER_BROKER,
    /** To move to a broker that does not exist, to one twice, to none. */
    TARGET,
    /** To move, to lead, to elect where there is no such partition. */
    UNKNOWN_PARTITION,
    /** To elect who is no replica, beside a leader or without one. */
    STRANGER,
    /** To delete a topic that has been made anew since, or does not exist. */
    FORMER_TOPIC,
    /** Requests that cannot be read, taken back later. */
    RUBBISH,
    /** Topics to delete whose names are no part of a path. */
    PATH
}
