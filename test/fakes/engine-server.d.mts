export declare function engineServer(): Promise<number>;
