/** Placeholder. */
package io.epona.broker;
